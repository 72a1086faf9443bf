// Portrait de phase : où va l'état d'un réseau de deux unités, et où il s'arrête (chapitre 13).

import { button, color, decimal, html, math, openView, row, slider, svg } from "./commun.js";

const LAST = 40;
const LIMIT = 1.1;
const KINDS = { stable: ["●", "green"], selle: ["✕", "orange"], instable: ["○", "purple"] };
const PRESETS = [
  ["Un bit", [[1.2, -0.6], [-0.6, 1.2]], [0, 0]],
  ["Deux bits", [[2, 0], [0, 2]], [0, 0]],
  ["Oubli", [[0.6, 0.2], [0.2, 0.6]], [0, 0]],
  ["Rotation", [[1, -0.5], [0.5, 1]], [0, 0]],
];

/** Un pas : tanh(W h + b). */
export function step(W, b, h) {
  return b.map((bias, i) => Math.tanh(W[i][0] * h[0] + W[i][1] * h[1] + bias));
}

/** Les états du départ au dernier pas, (steps + 1, 2). */
export function trajectory(W, b, start, steps) {
  const states = [start];
  for (let t = 0; t < steps; t += 1) states.push(step(W, b, states.at(-1)));
  return states;
}

function jacobian(W, b, h) {
  return step(W, b, h).map((value, i) => W[i].map((w) => (1 - value * value) * w));
}

/** Les modules des valeurs propres d'une matrice 2 × 2, du plus grand au plus petit. */
export function moduli([[p, q], [r, s]]) {
  const [half, det] = [(p + s) / 2, p * s - q * r];
  const inside = half * half - det;
  if (inside < 0) return [Math.sqrt(det), Math.sqrt(det)];
  const root = Math.sqrt(inside);
  return [Math.abs(half + root), Math.abs(half - root)].sort((one, other) => other - one);
}

/** Les points fixes, par Newton depuis 81 départs : suite de { state, radius, kind }, rangés comme en Python. */
export function fixedPoints(W, b) {
  const found = [];
  for (let start = 0; start < 81; start += 1) {
    let h = [Math.floor(start / 9) / 4 - 1, (start % 9) / 4 - 1];
    for (let turn = 0; turn < 50; turn += 1) {
      const gap = step(W, b, h).map((value, i) => value - h[i]);
      const [[p, q], [r, s]] = jacobian(W, b, h).map((line, i) => line.map((value, j) => value - (i === j)));
      const det = p * s - q * r;
      const move = [(s * gap[0] - q * gap[1]) / det, (p * gap[1] - r * gap[0]) / det];
      h = [h[0] - move[0], h[1] - move[1]];
      // Un pas infime, ou qui n'est plus un nombre : les tours suivants ne changeraient rien.
      if (!(Math.hypot(...move) > 1e-14)) break;
    }
    const gap = step(W, b, h).map((value, i) => value - h[i]);
    const isFixed = (gap[0] ** 2 + gap[1] ** 2) / 2 <= 1e-10;
    const known = found.some(({ state }) => Math.hypot(state[0] - h[0], state[1] - h[1]) < 1e-4);
    if (!isFixed || known) continue;
    const [large, small] = moduli(jacobian(W, b, h));
    found.push({ state: h, radius: large, kind: large < 1 ? "stable" : small > 1 ? "instable" : "selle" });
  }
  const key = (point, axis) => Math.round(point.state[axis] * 1e6);
  return found.sort((one, other) => key(one, 0) - key(other, 0) || key(one, 1) - key(other, 1));
}

const inField = (state) => state.map((value) => Math.max(-1, Math.min(1, Math.round(value * 100) / 100)));
const place = (state) => state.map((value) => decimal(value)).join(" ; ");

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "Portrait de phase",
      keys: ["W_hh", "b_h", "start", "steps"],
      hint: [
        "avec « Un bit », placez le départ de part et d’autre de la croix : l’état rejoint l’un ou l’autre des points stables. ",
        "Baissez ensuite ", math("W_hh[1,1]"), " jusqu’à ce que les deux souvenirs disparaissent.",
      ],
    },
  );
  const get = (key) => model.get(key);
  const entry = (i, j) =>
    slider(view, {
      label: () => math(`W_hh[${i + 1},${j + 1}]`),
      min: -3,
      max: 3,
      step: 0.05,
      get: () => get("W_hh")[i][j],
      set(value) {
        const changed = structuredClone(get("W_hh"));
        changed[i][j] = value;
        view.set({ W_hh: changed });
      },
    });
  const bias = (i) =>
    slider(view, {
      label: () => math(`b_h[${i + 1}]`),
      min: -3,
      max: 3,
      step: 0.05,
      get: () => get("b_h")[i],
      set: (value) => view.set({ b_h: get("b_h").map((old, j) => (i === j ? value : old)) }),
    });

  const scene = svg("svg", {
    class: "rnn-field",
    role: "application",
    "aria-roledescription": "plan des états",
    tabindex: 0,
    click(event) {
      const box = scene.getBoundingClientRect();
      const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      view.set({ start: inField([LIMIT * (2 * x - 1), LIMIT * (1 - 2 * y)]) });
    },
    keydown(event) {
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      view.set({ start: inField(get("start").map((value, axis) => value + 0.05 * move[axis])) });
    },
  });
  const table = html("tbody");
  const arrival = html("p", { class: "rnn-arrival" });

  view.body.append(
    html("div", { class: "rnn-row" }, PRESETS.map(([name, W_hh, b_h]) => button(name, () => view.set({ W_hh, b_h })))),
    row(entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1), bias(0), bias(1)),
    html("p", {}, "Touchez le plan, ou déplacez le départ (le carré) avec les flèches."),
    html(
      "div",
      { class: "rnn-throw" },
      scene,
      html(
        "div",
        { class: "rnn-side" },
        slider(view, { label: "Pas montrés", min: 0, max: LAST, step: 1, format: String, get: () => Math.min(get("steps"), LAST), set: (steps) => view.set({ steps }) }),
        arrival,
        html(
          "table",
          { class: "rnn-verdict" },
          html("caption", {}, "Points fixes"),
          html("thead", {}, html("tr", {}, ["nature", "où", "|λ| max"].map((text) => html("th", { scope: "col" }, text)))),
          table,
        ),
      ),
    ),
  );

  return view.start(() => {
    const [W, b] = [get("W_hh"), get("b_h")];
    const states = trajectory(W, b, get("start"), Math.min(get("steps"), LAST));
    const points = fixedPoints(W, b);
    drawField(scene, view, W, b, states, points);
    table.replaceChildren(
      ...points.map(({ state, radius, kind }) =>
        html("tr", {}, html("th", { scope: "row", class: `rnn-hue-${KINDS[kind][1]}` }, `${KINDS[kind][0]} ${kind}`), html("td", {}, place(state)), html("td", {}, decimal(radius))),
      ),
    );
    const end = `Après ${states.length - 1} pas, l’état est en (${place(states.at(-1))}).`;
    arrival.replaceChildren(end);
    const counts = Object.keys(KINDS).map((kind) => [points.filter((point) => point.kind === kind).length, kind]);
    const found = counts.filter(([count]) => count > 0).map(([count, kind]) => `${count} ${kind}${count > 1 ? "s" : ""}`);
    const text = `Points fixes : ${found.join(", ") || "aucun trouvé"}. Départ en (${place(get("start"))}). ${end}`;
    scene.setAttribute("aria-label", text);
    view.announce(text);
  });
}

function drawField(scene, view, W, b, states, points) {
  const width = view.width();
  const side = Math.min(width, width < 560 ? 420 : 0.54 * width);
  const at = ([x, y]) => [(side / 2) * (1 + x / LIMIT), (side / 2) * (1 - y / LIMIT)];
  const [left, bottom] = at([-1, -1]);
  const [right, top] = at([1, 1]);
  const parts = [svg("rect", { x: left, y: top, width: right - left, height: bottom - top, class: "rnn-box" })];
  // Un chemin pour tous les traits, un pour tous les points : chaque nœud coûte à chaque dessin.
  let [lines, dots] = ["", ""];
  for (let i = 0; i < 121; i += 1) {
    const h = [Math.floor(i / 11) / 5 - 1, (i % 11) / 5 - 1];
    const move = step(W, b, h).map((value, axis) => value - h[axis]);
    const shrink = 0.13 / Math.max(Math.hypot(...move), 0.13);
    const [x, y] = at(h);
    lines += `M${x} ${y}L${at(h.map((value, axis) => value + shrink * move[axis]))}`;
    dots += `M${x - 1.6} ${y}a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0 -3.2 0`;
  }
  parts.push(svg("path", { d: lines, class: "rnn-flow" }), svg("path", { d: dots, fill: color("muted") }));
  parts.push(svg("path", { d: `M${states.map((state) => at(state).join(" ")).join("L")}`, class: "rnn-past" }));
  for (const state of states.slice(1)) {
    const [x, y] = at(state);
    parts.push(svg("circle", { cx: x, cy: y, r: 3, fill: color("blue") }));
  }
  const [x, y] = at(states[0]);
  parts.push(svg("rect", { x: x - 5, y: y - 5, width: 10, height: 10, fill: color("blue") }));
  for (const { state, kind } of points) {
    const [px, py] = at(state);
    const stroke = color(KINDS[kind][1]);
    const shape =
      kind === "selle"
        ? svg("path", { d: `M${px - 6} ${py - 6}l12 12M${px - 6} ${py + 6}l12 -12`, stroke, "stroke-width": 3, fill: "none" })
        : svg("circle", { cx: px, cy: py, r: 7, stroke, "stroke-width": 3, fill: kind === "stable" ? stroke : color("paper") });
    shape.classList.add("rnn-fixed");
    parts.push(shape);
  }
  scene.setAttribute("viewBox", `0 0 ${side} ${side}`);
  scene.setAttribute("width", side);
  scene.setAttribute("height", side);
  scene.replaceChildren(...parts);
}

export default { render };
