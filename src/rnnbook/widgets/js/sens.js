// Deux sens : une phrase lue dans les deux sens, et ce que chaque état a lu (chapitre 11).

import { arrow, choice, decimal, html, math, openView, stepper, svg, svgText, textField } from "./commun.js";

const MOST = 7;
const LONGEST = 12;
const WAYS = ["avant", "arrière"];
const KEPT = { forward: "l’état avant", backward: "l’état arrière", output: "output[t]", h_n: "h_n" };

/** Découpe la phrase : { words }, ou { error }. Même règle que rnnbook.widgets.two_ways.read_words. */
export function readWords(text) {
  const words = text.split(/\s+/).filter(Boolean);
  if (words.length === 0) return { error: "Écrivez une phrase." };
  if (words.length > MOST) return { error: `${words.length} mots, c’est trop : ${MOST} au plus.` };
  const long = words.find((word) => [...word].length > LONGEST);
  if (long) return { error: `« ${long} » est trop long : ${LONGEST} signes au plus.` };
  return { words };
}

/** Le nombre que le réseau lit à la place d'un mot : (nombre de signes − 4) / 4. */
export function wordValue(word) {
  return ([...word].length - 4) / 4;
}

/** Les états [avant, arrière] de chaque mot, de h = tanh(W_xh x + W_hh h'), états de départ nuls. */
export function states(words, W_xh, W_hh) {
  const read = (values, way) => {
    let h = 0;
    return values.map((x) => (h = Math.tanh(W_xh[way] * x + W_hh[way] * h)));
  };
  const values = words.map(wordValue);
  const forward = read(values, 0);
  const backward = read([...values].reverse(), 1).reverse();
  return words.map((_, t) => [forward[t], backward[t]]);
}

/** Les moitiés regardées : couples [sens, rang du mot], sens 0 pour avant et 1 pour arrière. */
export function halves(kept, step, count) {
  const t = Math.min(step, count) - 1;
  return { forward: [[0, t]], backward: [[1, t]], output: [[0, t], [1, t]], h_n: [[0, count - 1], [1, 0]] }[kept];
}

/** Les mots lus par chaque moitié regardée : deux listes de booléens, avant puis arrière. */
export function seen(kept, step, count) {
  const table = WAYS.map(() => Array(count).fill(false));
  for (const [way, t] of halves(kept, step, count)) {
    table[way] = table[way].map((_, s) => (way === 0 ? s <= t : s >= t));
  }
  return table;
}

/** Ce que contient ce que l'on regarde, en phrases : une par moitié, puis ce qu'il faut en penser. */
export function explain(kept, step, words, values) {
  const table = seen(kept, step, words.length);
  const lines = halves(kept, step, words.length).map(([way, t]) => {
    const read = words.filter((_, s) => table[way][s]);
    const order = way === 0 ? read : read.reverse();
    return `Moitié ${WAYS[way]} : ${decimal(values[t][way])}. Elle a lu ${read.length} mot${read.length > 1 ? "s" : ""} sur ${words.length} : ${order.join(" ")}.`;
  });
  const t = Math.min(step, words.length);
  if (kept === "h_n") lines.push("Chaque moitié a tout lu : c’est le résumé de la phrase.");
  else if (kept === "output" && t === words.length && t > 1) lines.push("Attention : au dernier pas, la moitié arrière vient de commencer. Ce n’est pas un résumé.");
  return lines;
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "Deux sens",
      keys: ["sentence", "step", "kept", "W_xh", "W_hh"],
      hint: [
        "allez au dernier pas avec ", html("code", {}, "output[t]"), " : combien de mots la moitié arrière a-t-elle lus ? Comparez avec ",
        html("code", {}, "h_n"), ". Puis changez le dernier mot : quels états bougent ?",
      ],
    },
  );
  const words = () => readWords(model.get("sentence")).words;
  const current = () => Math.min(model.get("step"), words().length);
  const scene = svg("svg", { role: "img", class: "rnn-scene" });
  const told = html("div", { class: "rnn-explain" });

  view.body.append(
    textField(view, {
      key: "sentence",
      label: "Phrase",
      help: `${MOST} mots au plus. Le réseau ne lit de chaque mot que sa longueur : (signes − 4) / 4.`,
      check: (text) => readWords(text).error ?? "",
    }),
    choice(view, { key: "kept", label: "Ce que l’on regarde", options: Object.entries(KEPT) }),
    scene,
    stepper(view, {
      label: () => ["Pas ", math("t")],
      min: 1,
      max: () => words().length,
      format: (t) => `${t} sur ${words().length}`,
      get: current,
      set: (step) => view.set({ step }),
    }),
    told,
  );

  return view.start(() => {
    const [kept, read] = [model.get("kept"), words()];
    const values = states(read, model.get("W_xh"), model.get("W_hh"));
    drawScene(scene, view.width(), { kept, step: current(), words: read, values });
    const lines = explain(kept, current(), read, values);
    told.replaceChildren(...lines.map((line) => html("p", {}, line)));
    scene.setAttribute("aria-label", `${KEPT[kept]}${kept === "h_n" ? "" : ` au pas ${current()}`}. ${lines.join(" ")}`);
    view.announce(lines.join(" "));
  });
}

function drawScene(scene, width, { kept, step, words, values }) {
  const count = words.length;
  const column = Math.min(110, width / count);
  const left = (width - column * count) / 2;
  const box = Math.min(62, column - 12);
  const [rows, middle, wordLine, markLine, height] = [[112, 44], 17, 158, 180, 192];
  const chosen = new Set(halves(kept, step, count).map(([way, t]) => `${way},${t}`));
  const table = seen(kept, step, count);
  const parts = [
    svgText(left + 2, 14, "← lecture arrière", { class: "rnn-scale", "text-anchor": "start" }),
    svgText(left + 2, 84, "→ lecture avant", { class: "rnn-scale", "text-anchor": "start" }),
  ];
  words.forEach((word, t) => {
    const x = left + column * (t + 0.5);
    if (kept !== "h_n" && t === step - 1) {
      parts.unshift(svg("rect", { x: x - column / 2, y: 1, width: column, height: height - 2, rx: 6, class: "rnn-band" }));
    }
    rows.forEach((y, way) => {
      const picked = chosen.has(`${way},${t}`);
      parts.push(svg("rect", { x: x - box / 2, y: y - middle, width: box, height: 2 * middle, rx: 6, class: `rnn-way-${way}${picked ? " rnn-picked" : ""}` }));
      parts.push(svgText(x, y + 4.5, decimal(values[t][way]), { class: "rnn-value", "data-way": way, "data-word": t, "data-picked": String(picked) }));
      if (t === 0) return;
      // Entre deux cases : vers la droite pour la lecture avant, vers la gauche pour l'autre.
      const [from, to] = [x - column + box / 2 + 1, x - box / 2 - 1];
      const [start, stop, sign] = way === 0 ? [from, to, 1] : [to, from, -1];
      parts.push(arrow(`M${start} ${y}H${stop - 7 * sign}`, stop, y, way === 0 ? 0 : 180, { class: `rnn-arrow rnn-path-${way}` }));
    });
    const letters = [...word];
    const fits = Math.floor(column / 6.6);
    parts.push(svgText(x, wordLine, letters.length > fits ? `${letters.slice(0, fits - 1).join("")}…` : word, { class: "rnn-token" }));
    ["→", "←"].forEach((mark, way) => {
      if (table[way][t]) parts.push(svgText(x + 9 * (2 * way - 1), markLine, mark, { class: `rnn-mark rnn-hue-${way === 0 ? "blue" : "orange"}`, "data-way": way, "data-word": t }));
    });
  });
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(...parts);
}

export default { render };
