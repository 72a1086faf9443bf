// La cellule LSTM : une unité dont on règle les poids et dont on force les portes (chapitre 9).

import { bar, button, choice, color, decimal, html, math, openView, row, slider, stepper, svg, svgText, textField } from "./commun.js";
import { parseSequence } from "./deroule.js";

const LONGEST = 8;
const LIMIT = 10;
const BLOCKS = ["i", "f", "g", "o"];
const ROWS = ["i", "f", "g", "o", "c", "h"];
const NAMES = { i: "entrée", f: "oubli", g: "candidat", o: "sortie", c: "cellule", h: "état" };
const COLORS = { i: "green", f: "blue", g: "gold", o: "purple", c: "orange", h: "ink" };
const GATES = { i: "input_gate", f: "forget_gate", o: "output_gate" };
const COLUMNS = ["w_x", "w_h", "b_"];

function sigmoid(a) {
  return 1 / (1 + Math.exp(-a));
}

/**
 * Les pas 1 … T d'une unité LSTM, c_0 = h_0 = 0 : suite de { i, f, g, o, c, h }.
 * weights : lignes i, f, g, o, colonnes w_x, w_h, b. forced : porte → « libre », « ouverte » (1) ou « fermée » (0).
 */
export function run(weights, forced, x) {
  const steps = [];
  let [c, h] = [0, 0];
  for (const x_t of x) {
    const [a_i, a_f, a_g, a_o] = weights.map(([w_x, w_h, b]) => w_x * x_t + w_h * h + b);
    const gate = (name, a) => (forced[name] === "ouverte" ? 1 : forced[name] === "fermée" ? 0 : sigmoid(a));
    const [i, f, g, o] = [gate("i", a_i), gate("f", a_f), Math.tanh(a_g), gate("o", a_o)];
    c = f * c + i * g;
    h = o * Math.tanh(c);
    steps.push({ i, f, g, o, c, h });
  }
  return steps;
}

/** Ce qui reste au pas t de la cellule du pas 1, les portes étant données : f_2 × … × f_t. */
export function kept(steps, t) {
  return steps.slice(1, t).reduce((product, { f }) => product * f, 1);
}

/** Où est un poids nommé comme « w_xi » ou « b_f » : sa ligne et sa colonne dans `weights`. */
export function locate(name) {
  return { i: BLOCKS.indexOf(name.at(-1)), j: COLUMNS.indexOf(name.slice(0, -1)) };
}

const target = (block) => (block === "g" ? "du candidat" : `de la porte ${block === "i" ? "d’entrée" : block === "f" ? "d’oubli" : "de sortie"}`);

function role(name, forced) {
  const { i, j } = locate(name);
  const what = j === 2 ? "biais" : `effet de ${j === 0 ? "l’entrée" : "l’état d’avant"} : poids`;
  const idle = forced[BLOCKS[i]] && forced[BLOCKS[i]] !== "libre";
  return `${what} ${target(BLOCKS[i])}${idle ? " (sans effet : porte forcée)" : ""}`;
}

/** Un bouton par poids ; le curseur règle celui qui est pressé. */
function weightTable(view, forced) {
  const cell = (name) => {
    const node = button("", () => view.set({ selected: name }), { class: "rnn-cell" });
    const { i, j } = locate(name);
    view.onRefresh(() => {
      const value = decimal(view.model.get("weights")[i][j]);
      node.replaceChildren(value);
      node.setAttribute("aria-label", `${name.replace("_", " ")}, ${role(name, forced())} : ${value}`);
      node.setAttribute("aria-pressed", String(view.model.get("selected") === name));
    });
    return html("td", {}, node);
  };
  const head = (text) => html("th", { scope: "col" }, math(text));
  return html(
    "table",
    { class: "rnn-weights" },
    html("caption", {}, "Les poids, les mêmes à chaque pas"),
    html("thead", {}, html("tr", {}, html("td"), head("w_x"), head("w_h"), head("b"))),
    html(
      "tbody",
      {},
      BLOCKS.map((block) =>
        html("tr", {}, html("th", { scope: "row" }, `${NAMES[block]} `, math(block)), COLUMNS.map((column) => cell(column + block))),
      ),
    ),
  );
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "La cellule LSTM",
      keys: ["sequence", "weights", "input_gate", "forget_gate", "output_gate", "step", "selected"],
      hint: [
        "ouvrez la porte d’oubli : plus rien ne s’efface. Fermez-la : la cellule ne connaît que le pas présent. ",
        "Fermez ensuite la porte de sortie : ", math("h"), " devient nul, mais ", math("c"), " continue. ",
        "Enfin, ouvrez la porte d’entrée : les petites valeurs entrent aussi.",
      ],
    },
  );
  const scene = svg("svg", { role: "img", class: "rnn-scene" });
  const equation = html("p", { class: "rnn-equation" });
  const values = () => parseSequence(model.get("sequence")).values;
  const current = () => Math.min(model.get("step"), values().length);
  const forced = () => Object.fromEntries(Object.entries(GATES).map(([gate, key]) => [gate, model.get(key)]));
  const gateChoice = (key, label) => choice(view, { key, label, options: ["libre", "ouverte", "fermée"].map((state) => [state, state]) });

  view.body.append(
    textField(view, {
      key: "sequence",
      label: "Suite d’entrée",
      help: `Des nombres séparés par des espaces, ou un mot (a = −1 … z = 1). ${LONGEST} pas au plus.`,
      check: (text) => parseSequence(text).error ?? "",
    }),
    row(gateChoice("forget_gate", "Porte d’oubli"), gateChoice("input_gate", "Porte d’entrée"), gateChoice("output_gate", "Porte de sortie")),
    scene,
    stepper(view, {
      label: () => ["Pas ", math("t")],
      min: 0,
      max: () => values().length,
      format: (t) => `${t} sur ${values().length}`,
      get: current,
      set: (step) => view.set({ step }),
    }),
    equation,
    row(
      weightTable(view, forced),
      slider(view, {
        label: () => [math(model.get("selected")), html("span", { class: "rnn-role" }, role(model.get("selected"), forced()))],
        min: -LIMIT,
        max: LIMIT,
        step: 0.5,
        get: () => {
          const { i, j } = locate(model.get("selected"));
          return model.get("weights")[i][j];
        },
        set: (value) => {
          const { i, j } = locate(model.get("selected"));
          const weights = structuredClone(model.get("weights"));
          weights[i][j] = value;
          view.set({ weights });
        },
      }),
    ),
  );

  return view.start(() => {
    const x = values();
    const steps = run(model.get("weights"), forced(), x);
    const step = current();
    drawScene(scene, view.width(), { x, steps, step });
    equation.replaceChildren(...writeEquation(steps, step));
    const shown = step === 0 ? "c et h sont nuls" : ROWS.map((name) => `${name} = ${decimal(steps[step - 1][name])}`).join(" ; ");
    scene.setAttribute("aria-label", `Unité LSTM, pas ${step} sur ${x.length} : ${shown}.`);
    view.announce(`Pas ${step} sur ${x.length} : ${shown}.`);
  });
}

function drawScene(scene, width, { x, steps, step }) {
  const narrow = width < 480;
  const left = narrow ? 20 : 96;
  const column = Math.min(84, (width - left) / x.length);
  const digits = column < 33 ? 1 : 2;
  const center = (t) => left + column * (t + 0.5);
  const barWidth = Math.min(26, column - 10);
  const [head, line] = [44, 54];
  const height = head + line * ROWS.length;
  const largest = Math.max(1, ...steps.map(({ c }) => Math.abs(c)));
  const parts = [];
  if (step > 0) {
    parts.push(svg("rect", { x: center(step - 1) - column / 2 + 1, y: 0, width: column - 2, height, rx: 8, class: "rnn-band" }));
  }
  x.forEach((value, t) => {
    parts.push(svgText(center(t), 14, `x_${t + 1}`, { class: "rnn-name" }));
    parts.push(svgText(center(t), 32, decimal(value, digits), { class: "rnn-input" }));
  });
  ROWS.forEach((name, k) => {
    const gate = name in GATES;
    const top = head + line * k + 16;
    const zero = gate ? top + 32 : top + 17;
    const unit = gate ? 30 : name === "c" ? 15 / largest : 15;
    parts.push(svgText(narrow ? 8 : 44, top + 20, narrow ? name : `${NAMES[name]} ${name}`, { class: "rnn-quantity" }));
    parts.push(svg("line", { x1: left, x2: left + column * x.length, y1: zero, y2: zero, class: "rnn-axis" }));
    steps.forEach((values, t) => {
      const start = center(t) - barWidth / 2;
      // Le cadre d'une porte est sa hauteur pleine : ouverte, la barre le remplit.
      if (gate) parts.push(svg("rect", { x: start, y: top + 2, width: barWidth, height: 30, rx: 2, class: "rnn-slot" }));
      if (t >= step) return;
      parts.push(bar(start, zero, barWidth, unit, values[name], color(COLORS[name])));
      parts.push(svgText(center(t), top - 3, decimal(values[name], digits), { class: "rnn-value", "data-row": name, "data-step": t + 1 }));
    });
  });
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(...parts);
}

/** Le calcul du pas montré, puis ce qu'il reste de la première écriture. */
function writeEquation(steps, t) {
  if (t === 0) return [math("c_0"), " = ", math("h_0"), " = 0 : le carnet est vide."];
  const { i, f, g, o, c, h } = steps[t - 1];
  const before = t === 1 ? 0 : steps[t - 2].c;
  const signed = (value) => (value < 0 ? `(${decimal(value)})` : decimal(value));
  const term = (...factors) => html("span", { class: "rnn-term" }, factors.map(signed).join(" × "));
  const result = (name, value) => html("strong", {}, math(`${name}_${t}`), ` = ${decimal(value)}`);
  const rest = t === 1 ? [] : ["De la cellule du pas 1, les portes d’oubli ont laissé la part ", html("strong", {}, decimal(kept(steps, t))), "."];
  return [
    math(`f_${t} c_${t - 1} + i_${t} g_${t}`), " = ", term(f, before), " + ", term(i, g), " : ", result("c", c), ". ",
    math(`o_${t}`), " tanh(", math(`c_${t}`), ") = ", term(o, Math.tanh(c)), " : ", result("h", h), ". ",
    ...rest,
  ];
}

export default { render };
