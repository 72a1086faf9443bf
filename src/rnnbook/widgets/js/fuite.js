// Le gradient qui fuit : un neurone récurrent, le produit des dérivées sur un axe logarithmique, la saturation (chapitre 6).

import { bar, choice, color, decimal, html, math, openView, row, slider, svg, svgText } from "./commun.js";

const LONGEST = 60;
const SATURATED = 0.1;
const FLOOR = -30;
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const NAMES = { tanh: "tanh", relu: "ReLU", linéaire: "linéaire" };
const OFF = { tanh: "saturé", relu: "éteint", linéaire: "saturé" };
const SIGNALS = { impulsion: "une impulsion", constante: "une entrée constante", alternée: "une entrée alternée" };

/** Les entrées x_1 … x_T. */
export function inputs(signal, amplitude, T) {
  const shape = { impulsion: (i) => (i === 0 ? 1 : 0), constante: () => 1, alternée: (i) => (i % 2 === 0 ? 1 : -1) }[signal];
  return Array.from({ length: T }, (_, i) => amplitude * shape(i));
}

/** Les états h_0 … h_T de h_t = φ(w h_{t-1} + x_t), h_0 = 0. */
export function unroll(activation, w, x) {
  const apply = { tanh: Math.tanh, relu: (a) => Math.max(a, 0), linéaire: (a) => a }[activation];
  const h = [0];
  for (const x_t of x) h.push(apply(w * h.at(-1) + x_t));
  return h;
}

/** Les pentes φ'(a_1) … φ'(a_T), lues sur les états h_0 … h_T. */
export function slopes(activation, h) {
  const read = { tanh: (value) => 1 - value ** 2, relu: (value) => (value > 0 ? 1 : 0), linéaire: () => 1 }[activation];
  return h.slice(1).map(read);
}

/** Les dérivées ∂h_T/∂h_k, k = 0 … T : le produit des facteurs w φ'(a_j), j de k + 1 à T. */
export function products(w, slope) {
  const all = [1];
  for (const s of [...slope].reverse()) all.push(all.at(-1) * w * s);
  return all.reverse();
}

/** Un nombre en notation scientifique à la française : 0,0032 donne « 3,2·10⁻³ » ; zéro donne « 0 ». */
export function scientific(value, digits = 1) {
  if (value === 0) return "0";
  const [mantissa, exponent] = value.toExponential(digits).split("e");
  return `${decimal(Number(mantissa), digits)}·${power(Number(exponent))}`;
}

function power(exponent) {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[digit]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** Les puissances de dix entre lesquelles va l'axe ; les valeurs nulles n'y comptent pas. */
export function range(values) {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  return [Math.max(FLOOR, Math.min(-2, Math.floor(Math.min(...logs)))), Math.max(2, Math.ceil(Math.max(...logs)))];
}

function compute(model) {
  const [w, activation, T, signal, amplitude] = ["w", "activation", "length", "signal", "amplitude"].map((key) => model.get(key));
  const h = unroll(activation, w, inputs(signal, amplitude, T));
  const slope = slopes(activation, h);
  const bound = h.map((_, k) => Math.abs(w) ** (T - k));
  return { w, activation, T, signal, amplitude, h, slope, bound, product: products(w, slope), count: slope.filter((s) => s < SATURATED).length };
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "Le gradient qui fuit",
      keys: ["w", "activation", "length", "signal", "amplitude"],
      hint: [
        "gardez tanh, prenez ", math("w"), " = 1,5 et une impulsion. Amplitude 0 : le gradient explose, malgré tanh. ",
        "Amplitude 1 : il s’évanouit, malgré un poids plus grand que 1. Puis passez à ReLU, et à une entrée alternée.",
      ],
    },
  );
  const scene = svg("svg", { role: "img", class: "rnn-scene" });
  const result = html("p", { class: "rnn-result" });
  const names = (options) => Object.entries(options);

  view.body.append(
    row(
      slider(view, { key: "w", label: () => ["Poids récurrent ", math("w")], min: -2, max: 2, step: 0.05 }),
      choice(view, { key: "activation", label: "Activation", options: names(NAMES) }),
    ),
    scene,
    result,
    row(
      slider(view, { key: "length", label: () => ["Longueur ", math("T")], min: 2, max: LONGEST, step: 1, format: (T) => `${T} pas` }),
      slider(view, { key: "amplitude", label: "Amplitude de l’entrée", min: 0, max: 3, step: 0.1, format: (value) => decimal(value, 1) }),
    ),
    choice(view, { key: "signal", label: "Entrée", options: names(SIGNALS).map(([value]) => [value, value]) }),
  );

  return view.start(() => {
    const run = compute(model);
    drawScene(scene, view.width(), run);
    const said = sayResult(run);
    result.replaceChildren(
      math("∂h_T / ∂h_0"), " = ", html("strong", { class: "rnn-product" }, scientific(run.product[0])),
      " ; borne ", math("|w|"), html("sup", {}, String(run.T)), " = ", html("span", { class: "rnn-bound" }, scientific(run.bound[0])),
      ` ; pas ${OFF[run.activation]}s : `, html("span", { class: "rnn-saturated" }, `${run.count} sur ${run.T}`), ". ", html("strong", {}, verdict(run)),
    );
    scene.setAttribute("aria-label", said);
    view.announce(said);
  });
}

function verdict({ product }) {
  const size = Math.abs(product[0]);
  if (size === 0) return "Plus rien ne passe.";
  if (size < 0.01) return "Le gradient s’évanouit.";
  return size > 100 ? "Le gradient explose." : "Le gradient passe.";
}

function sayResult(run) {
  const { w, activation, T, signal, amplitude, product, bound, count } = run;
  return (
    `Neurone ${NAMES[activation]}, poids ${decimal(w)}, ${SIGNALS[signal]} d’amplitude ${decimal(amplitude, 1)}, ${T} pas : ` +
    `dérivée ${scientific(product[0])}, borne ${scientific(bound[0])}, ${count} pas ${OFF[activation]}s. ${verdict(run)}`
  );
}

function drawScene(scene, width, { activation, T, h, slope, bound, product }) {
  const [left, top, plot, strip, gap] = [46, 34, 170, 46, 40];
  const column = (width - left - 4) / (T + 1);
  const center = (k) => left + column * (k + 0.5);
  const sizes = product.map(Math.abs);
  const [low, high] = range([...sizes, ...bound]);
  const place = (value) => top + (plot * (high - Math.max(low, value === 0 ? low : Math.log10(value)))) / (high - low);
  const step = Math.max(1, Math.ceil((high - low) / 6));
  const parts = [svgText(left, 16, "|∂h_T / ∂h_k |, et sa borne (tirets)", { "text-anchor": "start" })];

  for (let exponent = low; exponent <= high; exponent++) {
    if (exponent % step !== 0) continue;
    const y = place(10 ** exponent);
    parts.push(svg("line", { x1: left, x2: width - 4, y1: y, y2: y, class: "rnn-axis" }));
    parts.push(svgText(left - 5, y + 4, power(exponent), { "text-anchor": "end", class: "rnn-scale" }));
  }
  const path = (values) => values.map((value, k) => `${center(k)},${place(value)}`).join(" ");
  parts.push(svg("polyline", { points: path(bound), class: "rnn-leak-bound" }));
  parts.push(svg("polyline", { points: path(sizes), class: "rnn-leak" }));
  sizes.forEach((value, k) => {
    const kept = value > 0 && Math.log10(value) >= low;
    parts.push(svg("circle", { cx: center(k), cy: place(value), r: kept ? 2.5 : 3, class: kept ? "rnn-leak-dot" : "rnn-leak-lost" }));
  });

  const slopeBase = top + plot + gap + strip;
  parts.push(svgText(left, slopeBase - strip - 10, `pente au pas k (× : ${OFF[activation]})`, { "text-anchor": "start" }));
  const stateBase = slopeBase + gap + strip;
  const largest = Math.max(1, ...h.map(Math.abs));
  const scale = largest < 100 ? decimal(largest, 1) : scientific(largest);
  parts.push(svgText(left, stateBase - strip - 10, `état au pas k (pleine hauteur : ${scale})`, { "text-anchor": "start" }));
  for (const [y, label] of [[slopeBase, "0"], [slopeBase - strip, "1"]]) parts.push(svgText(left - 5, y + 4, label, { "text-anchor": "end", class: "rnn-scale" }));
  for (const y of [slopeBase, stateBase - strip / 2]) parts.push(svg("line", { x1: left, x2: width - 4, y1: y, y2: y, class: "rnn-axis" }));
  const thick = Math.min(14, column * 0.8);
  slope.forEach((s, i) => {
    const x = center(i + 1);
    parts.push(bar(x - thick / 2, slopeBase, thick, strip, s, color("blue")));
    parts.push(bar(x - thick / 2, stateBase - strip / 2, thick, strip / 2, h[i + 1] / largest, color("green")));
    if (s < SATURATED) parts.push(svgText(x, slopeBase - 6, "×", { class: "rnn-leak-cross" }));
  });
  for (const k of [0, T]) parts.push(svgText(center(k), stateBase + 20, k === 0 ? "k = 0" : `T = ${T}`, { class: "rnn-scale", "text-anchor": k === 0 ? "start" : "end" }));

  const height = stateBase + 28;
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(...parts);
}

export default { render };
