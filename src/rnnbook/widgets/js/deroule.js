// Le déroulé : un réseau récurrent simple, plié ou déplié sur une suite que le lecteur écrit (chapitre 3).

import { animate, arrow, bar, button, choice, color, decimal, html, math, openView, row, slider, stepper, svg, svgText, textField } from "./commun.js";

const LONGEST = 8;
const LARGEST = 10;
const COLORS = ["blue", "orange", "green"];

/**
 * Lit la suite d'entrée : { values, labels }, ou { error }. Même règle que rnnbook.widgets.unrolled.parse_sequence :
 * des nombres séparés par des espaces, ou un mot dont chaque lettre vaut 2·rang/25 − 1 (a = −1, z = 1).
 */
export function parseSequence(text) {
  const words = text.normalize("NFC").split(/\s+/).filter(Boolean);
  if (words.length === 0) return { error: "Écrivez des nombres, ou un mot." };
  const isWord = words.length === 1 && /^\p{L}+$/u.test(words[0]);
  const labels = isWord ? [...words[0]] : words;
  const values = labels.map(isWord ? readLetter : readNumber);
  const wrong = values.findIndex((value) => value === null);
  if (wrong >= 0) {
    const expected = isWord ? "n’est pas une lettre de a à z." : "n’est pas un nombre : séparez les nombres par des espaces.";
    return { error: `« ${labels[wrong]} » ${expected}` };
  }
  const large = values.findIndex((value) => Math.abs(value) > LARGEST);
  if (large >= 0) return { error: `${labels[large]} est trop grand : restez entre −10 et 10.` };
  if (values.length > LONGEST) return { error: `${values.length} pas, c’est trop : ${LONGEST} au plus.` };
  return { values, labels: isWord ? labels : null };
}

function readLetter(letter) {
  const base = letter.toLowerCase().normalize("NFD")[0];
  return base >= "a" && base <= "z" ? (2 * (base.codePointAt(0) - 97)) / 25 - 1 : null;
}

function readNumber(word) {
  const plain = word.replace("\u2212", "-");
  return /^[+-]?\d+([.,]\d+)?$/.test(plain) ? Number(plain.replace(",", ".")) : null;
}

/** Les états h_0 … h_T de h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h), h_0 = 0. W_xh : (n, 1), x : T nombres. */
export function forward(W_xh, W_hh, b_h, x) {
  const states = [b_h.map(() => 0)];
  for (const x_t of x) {
    const previous = states.at(-1);
    states.push(b_h.map((b, i) => Math.tanh(W_xh[i][0] * x_t + W_hh[i].reduce((sum, w, j) => sum + w * previous[j], b))));
  }
  return states;
}

/** Où est un poids nommé comme « W_hh[1,2] » : { key, i, j }, indices comptés depuis 0. */
export function locate(name) {
  const [, key, i, j] = name.match(/^(W_xh|W_hh|b_h)\[(\d),?(\d)?\]$/);
  return { key, i: i - 1, j: j === undefined ? 0 : j - 1 };
}

function readWeight(model, name) {
  const { key, i, j } = locate(name);
  return key === "b_h" ? model.get(key)[i] : model.get(key)[i][j];
}

function writeWeight(view, name, value) {
  const { key, i, j } = locate(name);
  const changed = structuredClone(view.model.get(key));
  if (key === "b_h") changed[i] = value;
  else changed[i][j] = value;
  view.set({ [key]: changed });
}

function role(name) {
  const { key, i, j } = locate(name);
  if (key === "W_xh") return `de l’entrée à l’unité ${i + 1}`;
  if (key === "b_h") return `biais de l’unité ${i + 1}`;
  return i === j ? `de l’unité ${i + 1} à elle-même` : `de l’unité ${j + 1} à l’unité ${i + 1}`;
}

/** Les poids, côte à côte comme dans [W_xh W_hh] : un bouton par poids, le curseur règle celui qui est pressé. */
function weightTable(view, size) {
  const units = [...Array(size).keys()].map((i) => i + 1);
  const cell = (name) => {
    const node = button("", () => view.set({ selected: name }), { class: "rnn-cell" });
    view.onRefresh(() => {
      const value = decimal(readWeight(view.model, name));
      node.replaceChildren(value);
      node.setAttribute("aria-label", `${name.replace("_", " ")}, ${role(name)} : ${value}`);
      node.setAttribute("aria-pressed", String(view.model.get("selected") === name));
    });
    return html("td", {}, node);
  };
  const head = (text, colspan) => html("th", { scope: "col", colspan }, math(text));
  return html(
    "table",
    { class: "rnn-weights" },
    html("caption", {}, "Les poids, les mêmes à chaque pas"),
    html("thead", {}, html("tr", {}, html("td"), head("W_xh"), head("W_hh", size), head("b_h"))),
    html(
      "tbody",
      {},
      units.map((i) =>
        html(
          "tr",
          {},
          html("th", { scope: "row" }, html("span", { class: `rnn-unit rnn-unit-${i}` }, `unité ${i}`)),
          cell(`W_xh[${i}]`),
          units.map((j) => cell(`W_hh[${i},${j}]`)),
          cell(`b_h[${i}]`),
        ),
      ),
    ),
  );
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "Le déroulé",
      keys: ["sequence", "step", "unfolded", "selected", "W_xh", "W_hh", "b_h"],
      hint: [
        "mettez ", math("W_hh[1,1]"), " à 0. L’unité 1 oublie tout au pas suivant. À 1,2 elle garde le premier 1 jusqu’au bout. ",
        "Puis tapez votre prénom, et changez sa dernière lettre : les états d’avant ne bougent pas.",
      ],
    },
  );
  const size = model.get("b_h").length;
  const scene = svg("svg", { role: "img", class: "rnn-scene" });
  const equation = html("p", { class: "rnn-equation" });
  const sequence = () => parseSequence(model.get("sequence"));
  const lastStep = () => sequence().values.length;
  const current = () => Math.min(model.get("step"), lastStep());

  view.body.append(
    row(
      textField(view, {
        key: "sequence",
        label: "Suite d’entrée",
        help: `Des nombres séparés par des espaces, ou un mot (a = −1 … z = 1). ${LONGEST} pas au plus.`,
        check: (text) => parseSequence(text).error ?? "",
      }),
      choice(view, { key: "unfolded", label: "Réseau", options: [[false, "plié"], [true, "déplié"]] }),
    ),
    scene,
    stepper(view, {
      label: () => ["Pas ", math("t")],
      min: 0,
      max: lastStep,
      format: (t) => `${t} sur ${lastStep()}`,
      get: current,
      set: (step) => view.set({ step }),
    }),
    equation,
    row(
      weightTable(view, size),
      slider(view, {
        label: () => [math(model.get("selected")), html("span", { class: "rnn-role" }, role(model.get("selected")))],
        min: -2,
        max: 2,
        step: 0.05,
        get: () => readWeight(model, model.get("selected")),
        set: (value) => writeWeight(view, model.get("selected"), value),
      }),
    ),
  );

  // De 0 (plié) à 1 (déplié) : l'animation passe par toutes les positions entre les deux.
  let opening = model.get("unfolded") ? 1 : 0;
  let target = opening;
  let stop = () => {};
  view.onClose(() => stop());

  return view.start(() => {
    const { values, labels } = sequence();
    const states = forward(model.get("W_xh"), model.get("W_hh"), model.get("b_h"), values);
    const picture = { view, values, labels, states, step: current(), selected: locate(model.get("selected")) };
    if (target !== Number(model.get("unfolded"))) {
      target = Number(model.get("unfolded"));
      const from = opening;
      stop();
      stop = animate(600, (progress) => {
        opening = from + (target - from) * progress;
        view.update();
      });
    }
    drawScene(scene, picture, opening);
    equation.replaceChildren(...writeEquation(model, picture));
    const shown = states[picture.step].map((value) => decimal(value)).join(" ; ");
    scene.setAttribute("aria-label", `Réseau ${target ? "déplié" : "plié"}. État au pas ${picture.step} : ${shown}.`);
    view.announce(`Pas ${picture.step} sur ${values.length}. État : ${shown}.`);
  });
}

function drawScene(scene, { view, values, labels, states, step, selected }, opening) {
  const width = view.width();
  const size = states[0].length;
  const mix = (folded, unfolded) => folded + (unfolded - folded) * opening;

  const column = Math.min(104, width / states.length);
  const left = (width - column * states.length) / 2;
  const center = (t) => mix(width / 2, left + column * (t + 0.5));
  const boxWidth = mix(92, Math.min(64, column - Math.max(12, 0.3 * column)));
  const barWidth = Math.min(16, (boxWidth - 6) / size - 2);
  const digits = column < 46 ? 1 : 2;
  const unit = 50;
  const head = mix(50, 20);
  const top = head + 12 + 16 * size;
  const zero = top + unit + 8;
  const bottom = top + 2 * unit + 16;
  const height = bottom + (labels ? 84 : 66);
  const visible = (t) => (t === step ? 1 : opening);
  const emphasis = (key) => ({ class: selected.key === key ? "rnn-arrow rnn-selected" : "rnn-arrow" });
  // Du fond vers l'avant : la bande du pas montré, les flèches, les états.
  const [bands, arrows, columns] = [[], [], []];

  if (opening < 1) {
    const [x, half, rise] = [width / 2, boxWidth / 2, 22];
    const loop = `M${x + half} ${zero}h26q12 0 12 -12V${rise + 12}q0 -12 -12 -12H${x - half - 26}q-12 0 -12 12V${zero - 12}q0 12 12 12h22`;
    arrows.push(
      svg(
        "g",
        { opacity: 1 - opening },
        arrow(loop, x - half - 1, zero, 0, emphasis("W_hh")),
        svgText(x, rise - 7, "W_hh : l’état revient au pas suivant"),
      ),
    );
  }

  states.forEach((h, t) => {
    const x = center(t);
    const reached = t <= step;
    const group = svg("g", { opacity: visible(t), class: t === step ? "rnn-column rnn-now" : "rnn-column" });
    if (t === step) {
      const wide = Math.max(boxWidth + 8, mix(boxWidth + 8, column - 4));
      bands.push(svg("rect", { x: x - wide / 2, y: head - 18, width: wide, height: height - head + 16, rx: 8, class: "rnn-band" }));
    }
    group.append(svgText(x, head, `h_${t}`, { class: "rnn-name" }));
    group.append(svg("rect", { x: x - boxWidth / 2, y: top, width: boxWidth, height: bottom - top, rx: 8, class: reached ? "rnn-box" : "rnn-box rnn-later" }));
    if (reached) {
      group.append(svg("line", { x1: x - boxWidth / 2 + 3, x2: x + boxWidth / 2 - 3, y1: zero, y2: zero, class: "rnn-axis" }));
      h.forEach((value, i) => {
        const start = x + (i - size / 2) * (barWidth + 2) + 1;
        group.append(bar(start, zero, barWidth, unit, value, color(COLORS[i])));
        group.append(svgText(x, head + 17 + 16 * i, decimal(value, digits), { class: `rnn-value rnn-unit-${i + 1}`, "data-step": t, "data-unit": i + 1 }));
      });
    }
    if (t > 0) {
      group.append(arrow(`M${x} ${bottom + 26}V${bottom + 9}`, x, bottom + 2, -90, emphasis("W_xh")));
      group.append(svgText(x, bottom + 42, decimal(values[t - 1], digits), { class: "rnn-input" }));
      group.append(svgText(x, bottom + 59, `x_${t}`, { class: "rnn-name" }));
      if (labels) group.append(svgText(x, bottom + 77, `« ${labels[t - 1]} »`, { class: "rnn-letter" }));
      const from = center(t - 1) + boxWidth / 2;
      const to = x - boxWidth / 2;
      if (opening > 0.5 && to > from + 9) {
        arrows.push(svg("g", { opacity: 2 * opening - 1 }, arrow(`M${from + 1} ${zero}H${to - 8}`, to - 1, zero, 0, emphasis("W_hh"))));
      }
    } else {
      // L'état de départ est nul : sa case vide porte l'échelle.
      group.append(svgText(x, zero - unit + 5, "1", { class: "rnn-scale" }), svgText(x, zero + unit + 4, "−1", { class: "rnn-scale" }));
    }
    columns.push(group);
  });

  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(...bands, ...arrows, ...columns);
}

/** Le calcul du pas montré, pour l'unité dont un poids est choisi : la formule, puis ses nombres. */
function writeEquation(model, { values, states, step, selected: { i } }) {
  if (step === 0) return [math("h_0"), " = 0 : le réseau n’a encore rien lu."];
  const [W_xh, W_hh, b_h] = ["W_xh", "W_hh", "b_h"].map((key) => model.get(key)[i]);
  const signed = (value) => (value < 0 ? `(${decimal(value)})` : decimal(value));
  const term = (a, b) => html("span", { class: "rnn-term" }, `${signed(a)} × ${signed(b)}`);
  const terms = [term(W_xh[0], values[step - 1]), ...W_hh.map((w, j) => term(w, states[step - 1][j])), signed(b_h)];
  return [
    html("strong", {}, math(`h_${step}[${i + 1}]`)),
    " = tanh(",
    ...terms.flatMap((node, k) => (k === 0 ? [node] : [" + ", node])),
    ") = ",
    html("strong", {}, decimal(states[step][i])),
  ];
}

export default { render };
