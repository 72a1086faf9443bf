// Prévoir : dix pas d'une série, un par un ; on rend au modèle sa prévision ou la vraie valeur (chapitre 14).

import { choice, color, decimal, html, openView, row, slider, stepper, svg, svgText } from "./commun.js";
import { uniforms } from "./hasard.js";
import { affine, cut, decodeHalf, gruStep } from "./reseau.js";

const READ = 50;
const HORIZON = 10;
const UNITS = 20;
const SHOWN = 20;
const GRU_SIZE = 3 * UNITS * (1 + UNITS + 2) + UNITS + 1;
const MODELS = { lineaire: "régression", "gru-un-pas": "GRU d’un pas", "gru-boucle": "GRU en boucle" };

/** Les 60 valeurs d'une série, comme Forecasting.series. */
export function makeSeries(seed, noise) {
  const draw = uniforms(seed);
  const [frequency1, frequency2, shift1, shift2] = [draw(), draw(), draw(), draw()];
  return Array.from({ length: READ + HORIZON }, (_, i) => {
    const time = i / (READ + HORIZON - 1);
    const slow = 0.5 * Math.sin((time - shift1) * (10 + 10 * frequency1));
    const fast = 0.2 * Math.sin((time - shift2) * (20 + 20 * frequency2));
    return slow + fast + noise * (draw() - 0.5);
  });
}

/** La régression : une fonction qui reçoit les valeurs une à une et rend sa prévision. */
function openLine(numbers) {
  const seen = [];
  return (value) => {
    seen.push(value);
    const window = seen.slice(-READ);
    return window.reduce((sum, x, i) => sum + numbers[i] * x, numbers[READ]);
  };
}

/** Le GRU, son état nul au départ. */
function openGru(numbers) {
  const gates = 3 * UNITS;
  const net = cut(numbers, [["W_x", gates], ["W_h", gates * UNITS], ["b_x", gates], ["b_h", gates], ["W_ho", UNITS], ["b_o", 1]]);
  let h = new Array(UNITS).fill(0);
  return (value) => {
    h = gruStep(net, [value], h);
    return affine(net.W_ho, h, net.b_o)[0];
  };
}

/** Les 10 prévisions, comme Forecasting.forecast. */
export function forecast(weights, name, series, forced) {
  const numbers = decodeHalf(weights);
  const first = READ + 1 + (name === "gru-boucle" ? GRU_SIZE : 0);
  const predict = name === "lineaire" ? openLine(numbers.subarray(0, READ + 1)) : openGru(numbers.subarray(first, first + GRU_SIZE));
  let answer = 0;
  for (const value of series.slice(0, READ)) answer = predict(value);
  const found = [answer];
  for (let t = READ; t < READ + HORIZON - 1; t += 1) found.push(predict(forced ? series[t] : found.at(-1)));
  return found;
}

/** Erreur quadratique moyenne des `steps` premiers pas : le modèle, puis le naïf. */
export function errors(series, found, steps) {
  const mean = (guess) => Array.from({ length: steps }, (_, k) => (guess(k) - series[READ + k]) ** 2).reduce((a, b) => a + b) / steps;
  return [mean((k) => found[k]), mean(() => series[READ - 1])];
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "Prévoir",
      keys: ["seed", "noise", "model", "steps", "forced", "weights"],
      hint:
        "avec le GRU d’un pas, passez de « sa prévision » à « la vraie valeur » : l’erreur de dix pas fond, car chaque réponse ne porte plus que sur un pas. " +
        "Revenez à sa prévision, prenez le GRU en boucle, et changez de série plusieurs fois.",
    },
  );
  const get = (key) => model.get(key);
  const scene = svg("svg", { role: "img", class: "rnn-scene" });
  const verdict = html("tbody");
  view.body.append(
    row(
      slider(view, { label: "Série", min: 0, max: 30, step: 1, format: (seed) => `n° ${seed}`, get: () => get("seed"), set: (seed) => view.set({ seed }) }),
      slider(view, { key: "noise", label: "Largeur du bruit", min: 0, max: 0.3, step: 0.02 }),
    ),
    choice(view, { key: "model", label: "Modèle", options: Object.entries(MODELS) }),
    choice(view, { key: "forced", label: "Après chaque pas, on lui rend", options: [[false, "sa prévision"], [true, "la vraie valeur"]] }),
    scene,
    stepper(view, {
      label: "Pas prévus",
      min: 1,
      max: HORIZON,
      get: () => Math.min(get("steps"), HORIZON),
      set: (steps) => view.set({ steps }),
    }),
    html("table", { class: "rnn-verdict" }, html("caption", {}, "Erreur quadratique moyenne"), verdict),
  );

  return view.start(() => {
    const series = makeSeries(get("seed"), get("noise"));
    const found = forecast(get("weights"), get("model"), series, get("forced"));
    const steps = Math.min(get("steps"), HORIZON);
    const [ours, naive] = errors(series, found, steps).map((value) => decimal(value, 4));
    drawScene(scene, view, series, found.slice(0, steps));
    verdict.replaceChildren(
      ...[["■ " + MODELS[get("model")], ours, "orange"], ["┄ naïf", naive, "blue"]].map(([name, text, hue]) =>
        html("tr", {}, html("th", { scope: "row", class: `rnn-hue-${hue}` }, name), html("td", {}, text)),
      ),
    );
    const given = get("forced") ? "la vraie valeur" : "sa prévision";
    const text = `Série n° ${get("seed")}, ${MODELS[get("model")]}, on rend ${given}. Erreur sur ${steps} pas : ${ours} ; naïf : ${naive}.`;
    scene.setAttribute("aria-label", text);
    view.announce(text);
  });
}

function drawScene(scene, view, series, found) {
  const width = view.width();
  const height = 240;
  const first = READ - SHOWN;
  const at = (t, value) => [14 + ((width - 28) * (t - first)) / (READ + HORIZON - 1 - first), height / 2 - 100 * value];
  const path = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
  const border = (at(READ - 1, 0)[0] + at(READ, 0)[0]) / 2;
  const last = series[READ - 1];
  const future = Array.from({ length: HORIZON }, (_, k) => at(READ + k, series[READ + k]));
  const guesses = found.map((value, k) => at(READ + k, value));
  const parts = [
    svg("path", { d: `M${border} 6V${height - 6}`, class: "rnn-grid" }),
    svgText(border - 8, 16, "lu", { "text-anchor": "end" }),
    svgText(border + 8, 16, "à prévoir", { "text-anchor": "start" }),
    svg("path", { d: path([at(READ - 1, last), at(READ + HORIZON - 1, last)]), class: "rnn-naive" }),
    svg("path", { d: path(series.slice(first, READ).map((value, i) => at(first + i, value))), class: "rnn-past" }),
    svg("path", { d: path([at(READ - 1, last), ...future]), class: "rnn-past rnn-future" }),
    svg("path", { d: path([at(READ - 1, last), ...guesses]), class: "rnn-guessed" }),
    ...future.map(([x, y]) => svg("circle", { cx: x, cy: y, r: 3.5, fill: color("blue") })),
    ...guesses.map(([x, y]) => svg("rect", { x: x - 4, y: y - 4, width: 8, height: 8, fill: color("orange"), class: "rnn-step-guess" })),
  ];
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(...parts);
}

export default { render };
