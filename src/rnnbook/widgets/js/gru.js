// La cellule GRU : une unité, ses deux portes, les deux conventions, et une unité LSTM à côté (chapitre 10).

import { bar, button, choice, color, decimal, html, math, openView, row, slider, stepper, svg, svgText, textField } from "./commun.js";
import { parseSequence } from "./deroule.js";

const LARGEST = 8;
const BLOCKS = ["r", "z", "k"];
const KINDS = ["w_x", "w_h", "b_"];
const ROWS = [
  { name: "r", label: "r", cell: "GRU", color: "green", gate: true },
  { name: "z", label: "z", cell: "GRU", color: "blue", gate: true },
  { name: "k", label: "h̃", cell: "GRU", color: "gold" },
  { name: "h", label: "h", cell: "GRU", color: "orange" },
  { name: "c", label: "c", cell: "LSTM", color: "purple" },
  { name: "s", label: "h", cell: "LSTM", color: "ink" },
];

/** La sigmoïde, écrite pour ne pas déborder. */
export function sigmoid(a) {
  return a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a));
}

/**
 * Les grandeurs de chaque pas : { r, z, k, h, c, s }, comme GRUUnit.values. `weights` : lignes r, z, candidat,
 * colonnes w_x, w_h, b ; `settings` : { recurrentBias, outputBias, keeps, reset }.
 */
export function forward(weights, { recurrentBias, outputBias, keeps, reset }, x) {
  const [R, Z, K] = weights;
  const affine = ([w_x, w_h, b], x_t, h) => w_x * x_t + w_h * h + b;
  let [h, c, s] = [0, 0, 0];
  return x.map((x_t) => {
    const r = sigmoid(affine(R, x_t, h));
    const z = sigmoid(affine(Z, x_t, h));
    const past = reset === "après" ? r * (K[1] * h + recurrentBias) : K[1] * (r * h) + recurrentBias;
    const k = Math.tanh(K[0] * x_t + K[2] + past);
    h = keeps === "passé" ? (1 - z) * k + z * h : (1 - z) * h + z * k;
    // L'unité LSTM la plus proche : oubli et entrée couplés, même candidat, une porte de sortie en plus.
    const gate = sigmoid(affine(Z, x_t, s));
    const kept = keeps === "passé" ? gate : 1 - gate;
    c = kept * c + (1 - kept) * Math.tanh(affine(K, x_t, s) + recurrentBias);
    s = sigmoid(outputBias) * Math.tanh(c);
    return { r, z, k, h, c, s };
  });
}

/** Où est un poids nommé comme « w_xz » ou « b_hk » : { key } ou { key: "weights", i, j }. */
export function locate(name) {
  if (name === "b_hk") return { key: "recurrent_bias" };
  if (name === "b_o") return { key: "output_bias" };
  return { key: "weights", i: BLOCKS.indexOf(name.at(-1)), j: KINDS.indexOf(name.slice(0, -1)) };
}

const written = (name) => name.replace("k", "h̃");

function role(name) {
  if (name === "b_o") return "biais de la porte de sortie du LSTM";
  if (name === "b_hk") return "second biais du candidat, du côté de l’état";
  const { i, j } = locate(name);
  return `${["de l’entrée", "de l’état", "biais"][j]} ${j < 2 ? "à" : "de"} ${["r", "z", "h̃"][i]}`;
}

function read(model, name) {
  const { key, i, j } = locate(name);
  return key === "weights" ? model.get(key)[i][j] : model.get(key);
}

function write(view, name, value) {
  const { key, i, j } = locate(name);
  if (key !== "weights") return view.set({ [key]: value });
  const weights = structuredClone(view.model.get(key));
  weights[i][j] = value;
  return view.set({ weights });
}

/** Les poids : un bouton par poids, le curseur règle celui qui est pressé. */
function weightTable(view) {
  const cell = (name) => {
    const node = button("", () => view.set({ selected: name }), { class: "rnn-cell" });
    view.onRefresh(() => {
      const value = decimal(read(view.model, name));
      node.replaceChildren(value);
      node.setAttribute("aria-label", `${written(name).replace("_", " ")}, ${role(name)} : ${value}`);
      node.setAttribute("aria-pressed", String(view.model.get("selected") === name));
    });
    return html("td", {}, node);
  };
  const line = (title, ...cells) => html("tr", {}, html("th", { scope: "row" }, title), cells.flat());
  const head = (text) => html("th", { scope: "col" }, math(text));
  const rows = BLOCKS.map((block) =>
    line(math(written(block)), KINDS.map((kind) => cell(kind + block)), block === "k" ? cell("b_hk") : html("td")),
  );
  return html(
    "table",
    { class: "rnn-weights" },
    html("caption", {}, "Les poids, les mêmes à chaque pas"),
    html("thead", {}, html("tr", {}, html("td"), head("w_x"), head("w_h"), head("b"), head("b_h"))),
    html("tbody", {}, rows, line("o (LSTM)", html("td"), html("td"), cell("b_o"), html("td"))),
  );
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "La cellule GRU",
      keys: ["sequence", "weights", "recurrent_bias", "output_bias", "keeps", "reset", "step", "selected"],
      hint: [
        "mettez ", math("b_z"), " à −8 et ", math("w_xz"), " à 0 : le candidat remplace l’état à chaque pas, c’est presque un RNN simple. Passez alors à « z garde le nouveau » : plus rien n’entre. ",
        "Puis rétablissez tout et déplacez r : sans ", math("b_hh̃"), ", les deux places donneraient la même chose.",
      ],
    },
  );
  const get = (key) => model.get(key);
  const values = () => parseSequence(get("sequence")).values;
  const lastStep = () => values().length;
  const current = () => Math.min(get("step"), lastStep());
  const scene = svg("svg", { role: "img", class: "rnn-scene" });
  const equation = html("div", { class: "rnn-equation" });

  view.body.append(
    textField(view, {
      key: "sequence",
      label: "Suite d’entrée",
      help: "Des nombres séparés par des espaces, ou un mot (a = −1 … z = 1). 8 pas au plus.",
      check: (text) => parseSequence(text).error ?? "",
    }),
    row(
      choice(view, { key: "keeps", label: "La porte z garde", options: [["passé", "le passé"], ["nouveau", "le nouveau"]] }),
      choice(view, { key: "reset", label: "Place de r, par rapport au produit", options: [["après", "après"], ["avant", "avant"]] }),
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
      weightTable(view),
      slider(view, {
        label: () => [math(written(get("selected"))), html("span", { class: "rnn-role" }, role(get("selected")))],
        min: -LARGEST,
        max: LARGEST,
        step: 0.25,
        get: () => read(model, get("selected")),
        set: (value) => write(view, get("selected"), value),
      }),
    ),
  );

  return view.start(() => {
    const x = values();
    const settings = { recurrentBias: get("recurrent_bias"), outputBias: get("output_bias"), keeps: get("keeps"), reset: get("reset") };
    const steps = forward(get("weights"), settings, x);
    const step = current();
    drawScene(scene, view.width(), x, steps, step);
    equation.replaceChildren(...writeEquations(get("weights"), settings, x, steps, step));
    const now = steps[step - 1];
    const text = now
      ? `Pas ${step} sur ${x.length}. r ${decimal(now.r)}, z ${decimal(now.z)}, candidat ${decimal(now.k)}, état ${decimal(now.h)} ; unité LSTM : cellule ${decimal(now.c)}, état ${decimal(now.s)}.`
      : `Pas 0 sur ${x.length}. L’état est nul.`;
    scene.setAttribute("aria-label", text);
    view.announce(text);
  });
}

function drawScene(scene, width, x, steps, step) {
  const left = width < 480 ? 38 : 58;
  const column = Math.min(84, (width - left) / x.length);
  const digits = column < 36 ? 1 : 2;
  const tall = 58;
  const parts = [];
  const middle = (t) => left + column * (t + 0.5);
  const height = 46 + tall * ROWS.length + 20;
  if (step > 0) parts.push(svg("rect", { x: middle(step - 1) - column / 2 + 1, y: 2, width: column - 2, height: height - 4, rx: 8, class: "rnn-band" }));
  x.forEach((value, t) => {
    parts.push(svgText(middle(t), 18, `x_${t + 1}`, { class: "rnn-name" }), svgText(middle(t), 36, decimal(value, digits), { class: "rnn-input" }));
  });
  ROWS.forEach(({ name, label, cell, color: hue, gate }, k) => {
    // Les deux dernières lignes sont celles de l'autre cellule : un blanc les sépare.
    const top = 46 + tall * k + (k > 3 ? 14 : 0);
    const unit = gate ? 32 : 20;
    const zero = gate ? top + 50 : top + 37;
    parts.push(svgText(left / 2, zero, label, { class: "rnn-name" }), svgText(left / 2, zero + 13, cell, { class: "rnn-scale" }));
    parts.push(svg("line", { x1: left, x2: left + column * x.length, y1: zero, y2: zero, class: "rnn-axis" }));
    steps.slice(0, step).forEach((values, t) => {
      const value = values[name];
      parts.push(bar(middle(t) - 8, zero, 16, unit, value, color(hue)));
      parts.push(svgText(middle(t), top + (gate ? 13 : value > 0 ? 12 : 30), decimal(value, digits), { class: "rnn-value", "data-step": t + 1, "data-row": name }));
    });
  });
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(...parts);
}

/** Le calcul du pas montré : la formule de chaque grandeur, puis ses nombres. */
function writeEquations([R, Z, K], { recurrentBias, keeps, reset }, x, steps, step) {
  if (step === 0) return [html("p", {}, math("h_0"), " = 0 : l’unité n’a encore rien lu.")];
  const { r, z, k, h } = steps[step - 1];
  const before = step > 1 ? steps[step - 2].h : 0;
  const signed = (value) => (value < 0 ? `(${decimal(value)})` : decimal(value));
  const times = (...values) => html("span", { class: "rnn-term" }, values.map(signed).join(" × "));
  const sum = (...terms) => terms.flatMap((term, i) => (i === 0 ? [term] : [" + ", term]));
  const affine = ([w_x, w_h, b]) => sum(times(w_x, x[step - 1]), times(w_h, before), signed(b));
  const past =
    reset === "après"
      ? [html("span", { class: "rnn-term" }, `${decimal(r)} × (${signed(K[1])} × ${signed(before)} + ${signed(recurrentBias)})`)]
      : sum(html("span", { class: "rnn-term" }, `${signed(K[1])} × (${decimal(r)} × ${signed(before)})`), signed(recurrentBias));
  const [old, fresh] = keeps === "passé" ? [z, 1 - z] : [1 - z, z];
  const line = (name, open, terms, value) => html("p", {}, math(name), ` = ${open}`, ...terms, `${open ? ")" : ""} = `, html("strong", {}, decimal(value)));
  return [
    line(`r_${step}`, "σ(", affine(R), r),
    line(`z_${step}`, "σ(", affine(Z), z),
    line(`h̃_${step}`, "tanh(", [...sum(times(K[0], x[step - 1]), signed(K[2])), " + ", ...past], k),
    line(`h_${step}`, "", sum(times(old, before), times(fresh, k)), h),
  ];
}

export default { render };
