// La machine copie : une machine de Turing neuronale entraînée copie ce que le lecteur dessine (chapitre 19).

import { contentWeights, interpolate, read, sharpen, shiftWeights, write } from "./adressage.js";
import { button, color, html, openView, row, slider, stepper, svg, svgText } from "./commun.js";
import { affine, cut, decodeHalf, softmax } from "./reseau.js";

const LONGEST = 30;
const FEWEST = 4;
const MOST = 64;
const BITS = 8;

// Les tailles de la machine, dans l'ordre où ses poids sont rangés (rnnbook.ntm.NTM, contrôleur sans mémoire).
const INPUTS = BITS + 1;
const UNITS = 64;
const WIDTH = 16;
const START = 1e-6;
const SAID = 76;
const SIZES = [
  ["W_x", UNITS * INPUTS],
  ["b", UNITS],
  ["W_r", UNITS * WIDTH],
  ["W_head", SAID * UNITS],
  ["b_head", SAID],
  ["W_o", BITS * (UNITS + WIDTH)],
  ["b_o", BITS],
];

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Les vecteurs de départ, les mêmes que rnnbook.widgets.copy_machine.pattern. */
export function pattern(length) {
  return Array.from({ length }, (_, i) => Array.from({ length: BITS }, (__, j) => Number((i * i + 3 * j + i * j) % 7 < 3)));
}

/** L'entrée de la machine : les vecteurs, puis le signal tenu. Forme (2T + 1, 9). */
export function inputs(bits) {
  const silence = new Array(BITS).fill(0);
  return [...bits.map((vector) => [...vector, 0]), ...Array.from({ length: bits.length + 1 }, () => [...silence, 1])];
}

/** Les grandeurs des deux têtes, lecture puis écriture, d'après ce qu'émet le contrôleur. */
function heads(raw) {
  const vectors = raw.slice(0, 48).map(Math.tanh);
  const gates = raw.slice(48, 66).map(sigmoid);
  const strengths = raw.slice(66, 70).map(softplus);
  return {
    commands: [0, 1].map((k) => ({
      key: vectors.slice(16 * k, 16 * k + 16),
      beta: strengths[k],
      gate: gates[k],
      gamma: 1 + strengths[2 + k],
      moves: softmax(raw.slice(70 + 3 * k, 73 + 3 * k)),
    })),
    add: vectors.slice(32),
    erase: gates.slice(2),
  };
}

/** Joue la copie : { probabilities (2T + 1, 8), heads (2T + 1, 2, cases), memory (2T + 1, cases, 16) }. */
export function play(text, bits, slots) {
  const { W_x, b, W_r, W_head, b_head, W_o, b_o } = cut(decodeHalf(text), SIZES);
  const first = Array.from({ length: slots }, (_, i) => Number(i === 0));
  let memory = Array.from({ length: slots }, () => new Array(WIDTH).fill(START));
  let weights = [first, first];
  let seen = new Array(WIDTH).fill(0);
  const found = { probabilities: [], heads: [], memory: [] };
  for (const x of inputs(bits)) {
    const hidden = affine(W_x, x, affine(W_r, seen, b)).map(Math.tanh);
    const { commands, add, erase } = heads(affine(W_head, hidden, b_head));
    weights = commands.map(({ key, beta, gate, gamma, moves }, k) =>
      sharpen(shiftWeights(interpolate(contentWeights(memory, key, beta), weights[k], gate), moves), gamma),
    );
    memory = write(memory, weights[1], erase, add);
    seen = read(memory, weights[0]);
    found.probabilities.push(affine(W_o, [...hidden, ...seen], b_o).map(sigmoid));
    found.heads.push(weights);
    found.memory.push(memory);
  }
  return found;
}

/** Les bits faux parmi ceux déjà répétés après `step` pas : liste de [vecteur, bit]. */
export function mistakes(probabilities, bits, step) {
  const said = Math.max(0, step - bits.length - 1);
  return bits.slice(0, said).flatMap((vector, i) => vector.flatMap((bit, j) => ((probabilities[bits.length + 1 + i][j] > 0.5) === (bit > 0.5) ? [] : [[i, j]])));
}

const highest = (values) => values.indexOf(Math.max(...values));

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "La machine copie",
      keys: ["bits", "slots", "step", "edited", "weights"],
      hint: "reculez pas à pas et suivez les deux têtes : l’une écrit en avançant, l’autre attend le signal pour la suivre. Puis donnez-lui moins de cases que de vecteurs.",
    },
  );
  const bits = () => model.get("bits");
  const total = () => 2 * bits().length + 1;
  const step = () => Math.min(model.get("step"), total());
  const edited = () => Math.min(model.get("edited"), bits().length - 1);
  const put = (i, j, value) => view.set({ bits: bits().map((vector, k) => (k === i ? vector.map((bit, l) => (l === j ? value : bit)) : vector)) });
  const fill = (choose) => view.set({ bits: bits().map((vector) => vector.map(choose)) });
  // Sans cela, un doigt qui dessine ferait défiler la page : `touch-action` ne vaut pas à l'intérieur d'un SVG.
  // La bande reste en place d'un dessin à l'autre, sinon le doigt qui la touche la perdrait.
  const tape = svg("rect", { class: "rnn-tape", touchstart: (event) => event.preventDefault() });
  const drawing = svg("g");
  const scene = svg("svg", { role: "img", class: "rnn-scene" }, drawing, tape);
  const verdict = html("p", { class: "rnn-equation" });
  const toggles = Array.from({ length: BITS }, (_, j) => {
    const node = button("", () => put(edited(), j, 1 - bits()[edited()][j]), { class: "rnn-cell" });
    view.onRefresh(() => {
      const bit = bits()[edited()][j];
      node.replaceChildren(String(bit));
      node.setAttribute("aria-label", `bit ${j + 1} : ${bit}`);
      node.setAttribute("aria-pressed", String(bit > 0.5));
    });
    return node;
  });

  view.body.append(
    stepper(view, { label: "Pas", min: 1, max: total, format: (t) => `${t} sur ${total()}`, get: step, set: (value) => view.set({ step: value }) }),
    verdict,
    scene,
    row(
      slider(view, {
        label: "Vecteurs à copier",
        min: 1,
        max: LONGEST,
        step: 1,
        format: String,
        get: () => bits().length,
        set: (length) => view.set({ bits: [...bits().slice(0, length), ...pattern(LONGEST).slice(bits().length, length)] }),
      }),
      slider(view, { key: "slots", label: "Cases de la mémoire", min: FEWEST, max: MOST, step: 1, format: String }),
    ),
    row(
      slider(view, { label: "Vecteur que l’on change", min: 1, max: () => bits().length, step: 1, format: String, get: () => edited() + 1, set: (i) => view.set({ edited: i - 1 }) }),
      html("div", { class: "rnn-bits", role: "group", "aria-label": "Bits du vecteur" }, toggles),
    ),
    row(
      button("Au hasard", () => fill(() => Number(Math.random() < 0.5))),
      button("Effacer", () => fill(() => 0)),
    ),
  );

  // On dessine aussi au doigt ou à la souris, sur la bande d'entrée ; le premier bit touché dit quelle valeur poser.
  let layout;
  let pen = null;
  const touch = (event) => {
    const box = scene.getBoundingClientRect();
    const scale = layout.width / box.width;
    const i = Math.floor(((event.clientX - box.left) * scale - layout.left) / layout.column);
    const j = Math.floor(((event.clientY - box.top) * scale - layout.top) / layout.line);
    return i >= 0 && i < bits().length && j >= 0 && j < BITS ? [i, j] : null;
  };
  const paint = (event) => {
    const place = touch(event);
    if (pen === null || !place || bits()[place[0]][place[1]] === pen) return;
    put(...place, pen);
    view.set({ edited: place[0] });
  };
  scene.addEventListener("pointerdown", (event) => {
    const place = touch(event);
    if (!place) return;
    pen = 1 - bits()[place[0]][place[1]];
    event.preventDefault();
    paint(event);
  });
  scene.addEventListener("pointermove", paint);
  const lift = () => (pen = null);
  window.addEventListener("pointerup", lift);
  window.addEventListener("pointercancel", lift);
  view.onClose(() => {
    window.removeEventListener("pointerup", lift);
    window.removeEventListener("pointercancel", lift);
  });

  let known = {};
  return view.start(() => {
    const key = JSON.stringify([bits(), model.get("slots")]);
    if (known.key !== key) known = { key, ...play(model.get("weights"), bits(), model.get("slots")) };
    const now = step();
    const [reading, writing] = known.heads[now - 1].map(highest);
    const wrong = mistakes(known.probabilities, bits(), now);
    const said = Math.max(0, now - bits().length - 1);
    const phase = now <= bits().length ? "la machine lit" : now === bits().length + 1 ? "le signal arrive" : "la machine répète";
    layout = drawScene({ scene, drawing, tape }, { width: view.width(), bits: bits(), slots: model.get("slots"), now, edited: edited(), wrong, ...known });
    const text = `Pas ${now} sur ${total()} : ${phase}. Tête d’écriture sur la case ${writing}, tête de lecture sur la case ${reading}. Bits faux : ${wrong.length} sur ${BITS * said}.`;
    verdict.replaceChildren(text);
    scene.setAttribute("aria-label", text);
    view.announce(text);
  });
}

/** Des rectangles d'une couleur, réunis en un chemin par opacité : un nœud chacun ferait des milliers de nœuds. */
function tiles(tint) {
  const paths = new Map();
  return {
    add(x, y, width, height, opacity) {
      const level = Math.ceil(20 * Math.min(1, opacity)) / 20;
      const d = `M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}z`;
      paths.set(level, (paths.get(level) ?? "") + d);
    },
    nodes: () => [...paths].map(([level, d]) => svg("path", { d, fill: color(tint), "fill-opacity": level })),
  };
}

/** De haut en bas, une colonne par pas : l'entrée, la sortie, les deux têtes ; à côté ou dessous, la mémoire. */
function drawScene({ scene, drawing, tape }, { width, bits, slots, now, edited, wrong, probabilities, heads: paths, memory }) {
  const wide = width >= 520;
  const steps = 2 * bits.length + 1;
  const left = 20;
  const room = (wide ? width - 150 : width) - left;
  const column = Math.min(24, room / steps);
  const line = 12;
  const slot = Math.max(3, Math.min(10, 200 / slots));
  const nodes = [];
  let y = 0;
  const title = (text) => {
    nodes.push(svgText(0, y + 14, text, { "text-anchor": "start", class: "rnn-title" }));
    y += 22;
  };
  const square = (t, i, tint, opacity, attributes) =>
    svg("rect", { x: left + column * t + 0.5, y: y + line * i + 0.5, width: column - 1, height: line - 1, fill: color(tint), "fill-opacity": opacity.toFixed(3), ...attributes });
  const frame = (rows, size) => {
    nodes.push(svg("rect", { x: left, y, width: column * steps, height: rows * size, class: "rnn-slot" }));
    nodes.push(svg("rect", { x: left + column * (now - 1), y, width: column, height: rows * size, class: "rnn-reading" }));
  };

  title("Entrée : dessinez ici");
  const top = y;
  frame(INPUTS, line);
  for (const [name, value] of Object.entries({ x: left, y, width: column * bits.length, height: BITS * line })) tape.setAttribute(name, value);
  inputs(bits).forEach((vector, t) =>
    vector.forEach((bit, j) => bit > 0.5 && nodes.push(square(t, j, j === BITS ? "purple" : "ink", 1, { "pointer-events": "none" }))),
  );
  nodes.push(svg("rect", { x: left + column * edited, y: y - 3, width: column, height: 3, fill: color("purple") }));
  y += INPUTS * line + 8;

  title("Sortie, un × par bit faux");
  frame(BITS, line);
  for (let t = bits.length + 1; t < now; t += 1) {
    probabilities[t].forEach((p, j) => nodes.push(square(t, j, "blue", p, { "data-step": t, "data-bit": j, "data-value": p.toFixed(4) })));
  }
  for (const [i, j] of wrong) {
    nodes.push(svgText(left + column * (bits.length + 1.5 + i), y + line * j + 10, "×", { class: "rnn-wrong" }));
  }
  y += BITS * line + 8;

  const beside = y;
  [["Tête d’écriture, case par case", 1, "orange"], ["Tête de lecture", 0, "green"]].forEach(([text, k, tint]) => {
    title(text);
    frame(slots, slot);
    nodes.push(svgText(left - 4, y + 9, "0", { class: "rnn-scale", "text-anchor": "end" }));
    nodes.push(svgText(left - 4, y + slot * slots, String(slots - 1), { class: "rnn-scale", "text-anchor": "end" }));
    const trace = tiles(tint);
    for (let t = 0; t < now; t += 1) {
      paths[t][k].forEach((w, i) => w >= 0.02 && trace.add(left + column * t + 0.5, y + slot * i + 0.5, column - 1, slot - 1, w));
    }
    nodes.push(...trace.nodes());
    y += slots * slot + 8;
  });

  const current = memory[now - 1];
  const size = wide ? 7 : Math.min(14, room / WIDTH);
  const x0 = wide ? width - WIDTH * size : left;
  const under = y;
  y = wide ? beside : under;
  nodes.push(svgText(wide ? x0 : 0, y + 14, wide ? "Mémoire" : `Mémoire au pas ${now}`, { "text-anchor": "start", class: "rnn-title" }));
  y += 22;
  nodes.push(svg("rect", { x: x0, y, width: WIDTH * size, height: slots * slot, class: "rnn-slot" }));
  const [positive, negative] = [tiles("blue"), tiles("orange")];
  current.forEach((values, i) =>
    values.forEach((value, j) => {
      if (Math.abs(value) < 0.03) return;
      const height = (slot - 0.5) * (value < 0 ? 0.55 : 1);
      (value < 0 ? negative : positive).add(x0 + j * size, y + i * slot, size - 0.5, height, Math.abs(value));
    }),
  );
  nodes.push(...positive.nodes(), ...negative.nodes());
  y += slots * slot + 14;
  nodes.push(svgText(wide ? x0 : 0, y, "+ plein, − mince", { "text-anchor": "start", class: "rnn-scale" }));
  const height = Math.max(under, y) + 6;
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  drawing.replaceChildren(...nodes);
  return { width, left, top, column, line };
}

export default { render };
