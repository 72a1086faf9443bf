// BPTT pas à pas : un réseau d'une unité, l'aller, le retour, et chaque contribution à dL/dw (chapitre 5).

import { arrow, bar, choice, color, decimal, html, math, openView, row, slider, stepper, svg, svgText, textField } from "./commun.js";
import { parseSequence } from "./deroule.js";

const LONGEST = 8;

/** Les états h_0 … h_T de h_t = tanh(w_x x_t + w h_{t-1}). */
export function forward(x, w_x, w, h_0) {
  const h = [h_0];
  for (const x_t of x) h.push(Math.tanh(w_x * x_t + w * h.at(-1)));
  return h;
}

/** Les dérivées immédiates des pertes ½ (h_t − y)², t = 1 … T ; avec `final`, seul le pas T est jugé. */
export function immediate(h, y, final) {
  return h.slice(1).map((h_t, i) => (final && i < h.length - 2 ? 0 : h_t - y));
}

/** Les termes de la double somme : [t − 1][k − 1] est la part de L_t qui passe par l'emploi de w au pas k. */
export function contributions(h, w, d) {
  return d.map((d_t, i) => {
    const terms = d.map(() => 0);
    let carried = d_t;
    for (let k = i + 1; k >= 1; k--) {
      const d_a = carried * (1 - h[k] ** 2);
      terms[k - 1] = d_a * h[k - 1];
      carried = d_a * w;
    }
    return terms;
  });
}

/** Dit si le gradient passe du pas t au pas t − 1 quand le temps est coupé en tranches de K. */
export function passes(t, K) {
  return t === 1 || (t - 1) % K !== 0;
}

/** Le retour, tranches de K : dL/dh_0 … dL/dh_T, la contribution de chaque emploi k = 1 … T, leur somme. */
export function backward(h, w, d, K) {
  const d_h = [0, ...d];
  const parts = d.map(() => 0);
  for (let t = d.length; t >= 1; t--) {
    const d_a = d_h[t] * (1 - h[t] ** 2);
    parts[t - 1] = d_a * h[t - 1];
    if (passes(t, K)) d_h[t - 1] += d_a * w;
  }
  return { d_h, parts, gradient: parts.reduce((sum, part) => sum + part, 0) };
}

/** Tout ce que montre la figure, calculé depuis ses traits. `first` : le plus petit pas que le retour a défait. */
function compute(model) {
  const { values: x } = parseSequence(model.get("sequence"));
  const T = x.length;
  const [w_x, w, h_0, y, final] = ["w_x", "w", "h_0", "target", "final"].map((key) => model.get(key));
  const K = Math.min(model.get("truncation"), T);
  const step = Math.min(model.get("step"), 2 * T);
  const h = forward(x, w_x, w, h_0);
  const d = immediate(h, y, final);
  const back = backward(h, w, d, K);
  const first = Math.min(T + 1, 2 * T + 1 - step);
  const total = back.parts.slice(first - 1).reduce((sum, part) => sum + part, 0);
  return { x, T, w_x, w, y, final, K, step, h, d, ...back, first, total, terms: contributions(h, w, d), exact: backward(h, w, d, T).gradient };
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "BPTT pas à pas",
      keys: ["sequence", "w_x", "w", "h_0", "target", "final", "truncation", "step"],
      hint: [
        "ramenez l’étape au départ, puis avancez jusqu’au bout. Coupez ensuite en tranches de 2 : ",
        "les contributions en pointillé sont perdues, et la somme n’est plus le gradient. ",
        "Enfin, mettez ", math("h_0"), " à 0 : l’emploi ", math("k"), " = 1 ne compte plus.",
      ],
    },
  );
  const scene = svg("svg", { role: "img", class: "rnn-scene" });
  const equation = html("p", { class: "rnn-equation" });
  const result = html("p", { class: "rnn-result" });
  const length = () => parseSequence(model.get("sequence")).values.length;
  const current = () => Math.min(model.get("step"), 2 * length());
  const knob = (key, label, limit) => slider(view, { key, label: () => label, min: -limit, max: limit, step: 0.05 });

  view.body.append(
    row(
      textField(view, {
        key: "sequence",
        label: "Suite d’entrée",
        help: `Des nombres séparés par des espaces, ou un mot. ${LONGEST} pas au plus.`,
        check: (text) => parseSequence(text).error ?? "",
      }),
      choice(view, { key: "final", label: "Perte", options: [[true, "au dernier pas"], [false, "à chaque pas"]] }),
    ),
    scene,
    stepper(view, {
      label: "Étape",
      min: 0,
      max: () => 2 * length(),
      format: (step) => sayStep(step, length()),
      get: current,
      set: (step) => view.set({ step }),
    }),
    equation,
    result,
    row(
      knob("w", ["Poids récurrent ", math("w")], 2),
      slider(view, {
        label: () => ["Troncature ", math("K")],
        min: 1,
        max: length,
        step: 1,
        format: (K) => (K < length() ? `tranches de ${K}` : "aucune"),
        get: () => Math.min(model.get("truncation"), length()),
        set: (truncation) => view.set({ truncation }),
      }),
    ),
    row(knob("h_0", ["État initial ", math("h_0")], 1), knob("target", ["Cible ", math("y")], 1)),
  );

  return view.start(() => {
    const run = compute(model);
    drawScene(scene, view.width(), run);
    equation.replaceChildren(...writeEquation(run));
    const sums = sayResult(run);
    result.replaceChildren(sums);
    scene.setAttribute("aria-label", `Réseau d’une unité, ${sayStep(run.step, run.T)}. ${sums}`);
    view.announce(`Étape : ${sayStep(run.step, run.T)}. ${equation.textContent} ${sums}`);
  });
}

function sayStep(step, T) {
  if (step === 0) return "départ";
  return step <= T ? `aller, pas ${step}` : `retour, pas ${2 * T + 1 - step}`;
}

function sayResult({ T, K, first, total, exact }) {
  if (first > T) return "Somme des contributions : rien encore, le retour n’a pas commencé.";
  const sum = `Somme des contributions : ${decimal(total, 3)}. Gradient exact : ${decimal(exact, 3)}.`;
  if (first > 1) return `${sum} Il reste ${first - 1} pas à défaire.`;
  if (Math.abs(total - exact) < 1e-12) return `${sum} Le compte y est.`;
  return `${sum} Écart dû aux tranches de ${K} : ${decimal(total - exact, 3)}.`;
}

/** Le calcul de l'étape montrée : la formule, puis ses nombres. */
function writeEquation({ x, T, w_x, w, y, d, K, step, h, d_h, parts }) {
  const signed = (value, digits = 2) => (value < 0 ? `(${decimal(value, digits)})` : decimal(value, digits));
  const term = (...factors) => html("span", { class: "rnn-term" }, factors.map((factor) => (typeof factor === "number" ? signed(factor) : factor)).join(" × "));
  if (step === 0) return [math("h_0"), ` = ${decimal(h[0])} : le réseau n’a encore rien lu.`];
  if (step <= T) {
    return [html("strong", {}, math(`h_${step}`)), " = tanh(", term(w_x, x[step - 1]), " + ", term(w, h[step - 1]), ") = ", html("strong", {}, decimal(h[step]))];
  }
  const k = 2 * T + 1 - step;
  const own = d[k - 1] === 0 && k < T ? "0" : `(${decimal(h[k])} − ${signed(y)})`;
  const passed = d_h[k] - d[k - 1];
  const cut = k < T && !passes(k + 1, K);
  const from = k === T ? "" : cut ? " + 0 (la tranche suivante ne transmet rien)" : ` + ${signed(passed, 3)} transmis`;
  return [
    math(`dL/dh_${k}`),
    ` = ${own}${from} = ${decimal(d_h[k], 3)} ; contribution `,
    html("strong", {}, math("k"), ` = ${k}`),
    " : ",
    term(signed(d_h[k], 3), `(1 − ${signed(h[k])}²)`, h[k - 1]),
    " = ",
    html("strong", {}, decimal(parts[k - 1], 3)),
  ];
}

function drawScene(scene, width, run) {
  const { x, T, K, y, final, step, h, first, total, terms, exact } = run;
  const column = Math.min(104, width / (T + 1));
  const left = (width - column * (T + 1)) / 2;
  const center = (t) => left + column * (t + 0.5);
  const narrow = column < 46;
  const digits = narrow ? 1 : 2;
  const boxWidth = Math.min(56, column - Math.max(12, 0.3 * column));
  const [top, unit] = [98, 30];
  const zero = top + unit + 8;
  const bottom = top + 2 * unit + 16;
  const now = step <= T ? step : first;
  const [bands, lines, columns] = [[], [], []];

  h.forEach((h_t, t) => {
    const at = center(t);
    const group = svg("g", { class: t === now ? "rnn-column rnn-now" : "rnn-column" });
    if (t === now) bands.push(svg("rect", { x: at - column / 2 + 1, y: 74, width: column - 2, height: bottom + 6, rx: 8, class: "rnn-band" }));
    group.append(svgText(at, 90, `h_${t}`, { class: "rnn-name" }));
    group.append(svg("rect", { x: at - boxWidth / 2, y: top, width: boxWidth, height: bottom - top, rx: 8, class: t <= step ? "rnn-box" : "rnn-box rnn-later" }));
    if (t <= step) {
      group.append(svg("line", { x1: at - boxWidth / 2 + 3, x2: at + boxWidth / 2 - 3, y1: zero, y2: zero, class: "rnn-axis" }));
      group.append(bar(at - 7, zero, 14, unit, h_t, color("blue")));
      group.append(svgText(at, bottom + 17, decimal(h_t, digits), { class: "rnn-value rnn-unit-1", "data-step": t }));
    }
    if (t > 0) {
      group.append(svgText(at, bottom + 56, decimal(x[t - 1], digits), { class: "rnn-input" }));
      group.append(arrow(`M${at} ${bottom + 42}V${bottom + 31}`, at, bottom + 23, -90));
      group.append(svgText(at, bottom + 73, `x_${t}`, { class: "rnn-name" }));
      const [from, to] = [center(t - 1) + boxWidth / 2 + 1, at - boxWidth / 2 - 1];
      lines.push(arrow(`M${from} ${zero - 9}H${to - 7}`, to, zero - 9, 0));
      if (t >= first && passes(t, K)) lines.push(arrow(`M${to} ${zero + 9}H${from + 7}`, from, zero + 9, 180, { class: "rnn-arrow rnn-back" }));
      if (!passes(t, K)) lines.push(svg("line", { x1: at - column / 2, x2: at - column / 2, y1: 20, y2: bottom + 230, class: "rnn-cut" }));
      if (t <= step && (!final || t === T)) {
        group.append(svgText(at, 20, `L_${t}`, { class: "rnn-name" }));
        group.append(svgText(at, 38, decimal(0.5 * (h_t - y) ** 2, digits), { class: "rnn-loss" }));
        group.append(arrow(`M${at - 6} 72V53`, at - 6, 46, -90));
        if (t >= first) group.append(arrow(`M${at + 6} 46V65`, at + 6, 72, 90, { class: "rnn-arrow rnn-back" }));
      }
    }
    columns.push(group);
  });

  const pile = drawPile({ top: bottom + 96, height: 110, T, K, final, first, total, terms, exact, center, column, narrow, left });
  const height = bottom + 250;
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(...bands, ...lines, ...columns, pile);
}

/**
 * Les contributions qui s'empilent, du dernier emploi au premier : chaque colonne part du niveau atteint par la
 * précédente. Une brique par perte L_t, positives vers le haut, en pointillé si la troncature la perd.
 */
function drawPile({ top, height, T, K, final, first, total, terms, exact, center, column, narrow, left }) {
  const columns = [];
  let [level, low, high] = [0, Math.min(0, exact), Math.max(0, exact)];
  for (let k = T; k >= 1; k--) {
    const pile = { k, start: level, bricks: [] };
    const ends = { up: level, down: level };
    terms.forEach((row, i) => {
      const value = row[k - 1];
      if (value === 0) return;
      const way = value > 0 ? "up" : "down";
      const stays = Math.floor(i / K) === Math.floor((k - 1) / K);
      pile.bricks.push({ t: i + 1, stays, from: ends[way], to: ends[way] + value });
      ends[way] += value;
      if (stays) level += value;
    });
    [low, high] = [Math.min(low, ends.down), Math.max(high, ends.up)];
    columns.push({ ...pile, end: level });
  }
  const unit = height / (high - low || 1);
  const place = (value) => top + (high - value) * unit;
  const width = Math.min(40, column - 8);
  const digits = narrow ? 2 : 3;
  const foot = top + height;
  const group = svg("g", { class: "rnn-pile" });
  group.append(svg("line", { x1: left, x2: left + column * (T + 1), y1: place(0), y2: place(0), class: "rnn-axis" }));

  for (const { k, start, end, bricks } of columns) {
    const at = center(k);
    group.append(svgText(at, foot + 18, narrow ? String(k) : `k = ${k}`, { class: "rnn-name" }));
    if (k < first) continue;
    for (const { t, stays, from, to } of bricks) {
      const [y, block] = [place(Math.max(from, to)), Math.abs(to - from) * unit];
      const lost = stays ? "" : " rnn-lost";
      group.append(svg("rect", { x: at - width / 2, y, width, height: block, class: `rnn-brick${lost}` }));
      if (!final && block > 14) group.append(svgText(at, y + block / 2 + 4, `L_${t}`, { class: `rnn-brick-name${lost}` }));
    }
    const reached = place(end);
    group.append(svg("line", { x1: at - column + width / 2, x2: at - width / 2, y1: reached, y2: reached, class: "rnn-level" }));
    group.append(svgText(at, foot + 35, decimal(end - start, digits), { class: "rnn-part", "data-use": k }));
  }

  const at = center(0);
  group.append(svgText(at, foot + 18, narrow ? "∑" : "somme"));
  if (first > T) return group;
  group.append(bar(at - width / 2, place(0), width, unit, total, color("purple")));
  group.append(svg("line", { x1: at - column / 2 + 1, x2: at + column / 2 - 1, y1: place(exact), y2: place(exact), class: "rnn-exact" }));
  group.append(svgText(at, place(exact) + (exact < 0 ? 14 : -5), "exact", { class: "rnn-scale" }));
  group.append(svgText(at, foot + 35, decimal(total, digits), { class: "rnn-total" }));
  return group;
}

export default { render };
