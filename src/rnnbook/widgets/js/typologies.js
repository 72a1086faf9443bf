// Typologies : ce qui entre, ce qui sort, et ce que chaque sortie peut savoir (chapitre 2).

import { arrow, choice, html, openView, slider, stepper, svg, svgText, textField } from "./commun.js";

const LONGEST = 6;
const BLANK = "·";
const END = "fin";
const DIGITS = ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"];
const KINDS = {
  many_to_one: { name: "plusieurs vers un", task: "compter les voyelles du mot" },
  one_to_many: { name: "un vers plusieurs", task: "écrire le chiffre en lettres" },
  synchronous: { name: "synchrone", task: "compter les voyelles lues jusqu’ici" },
  delayed: { name: "décalé", task: "donner, pour chaque lettre, celle qui la suit" },
  encoder_decoder: { name: "encodeur–décodeur", task: "ranger les lettres du mot par ordre alphabétique, sans répétition" },
};

/** Ramène un mot à ses lettres de a à z : { word } ou { error }. Même règle que rnnbook.widgets.typologies.read_word. */
export function readWord(text) {
  const letters = [...text.normalize("NFC").trim()].map((letter) => [...letter.toLowerCase().normalize("NFD")][0]);
  if (letters.length === 0) return { error: "Écrivez un mot." };
  const wrong = letters.find((letter) => !/^[a-z]$/.test(letter));
  if (wrong) return { error: `« ${wrong} » n’est pas une lettre de a à z.` };
  if (letters.length > LONGEST) return { error: `${letters.length} lettres, c’est trop : ${LONGEST} au plus.` };
  return { word: letters.join("") };
}

const range = (start, end) => Array.from({ length: end - start }, (_, i) => start + i);
const vowels = (letters) => String(letters.filter((letter) => "aeiouy".includes(letter)).length);

/**
 * Le déroulement : { inputs, outputs, feedback, steps }. inputs : l'entrée des premiers pas. outputs : { step, answer,
 * needs }, où needs donne les rangs (à partir de 0) des entrées sans lesquelles la réponse est inconnue.
 */
export function timeline(kind, text, digit, delay) {
  const word = [...readWord(text).word];
  const whole = range(0, word.length);
  const plan = { inputs: word, feedback: kind === "one_to_many" || kind === "encoder_decoder" };
  if (kind === "many_to_one") plan.outputs = [{ step: word.length, answer: vowels(word), needs: whole }];
  if (kind === "synchronous") plan.outputs = whole.map((j) => ({ step: j + 1, answer: vowels(word.slice(0, j + 1)), needs: range(0, j + 1) }));
  if (kind === "delayed") {
    plan.inputs = [...word, ...Array(delay).fill(BLANK)];
    plan.outputs = whole.map((j) => ({ step: j + 1 + delay, answer: word[j + 1] ?? END, needs: [j + 1] }));
  }
  if (kind === "one_to_many") plan.inputs = [String(digit)];
  if (plan.feedback) {
    const written = kind === "one_to_many" ? [...DIGITS[digit]] : [...new Set(word)].sort();
    plan.outputs = [...written, END].map((answer, j) => ({ step: plan.inputs.length + 1 + j, answer, needs: range(0, plan.inputs.length) }));
  }
  plan.steps = Math.max(plan.inputs.length, plan.outputs.at(-1).step);
  return plan;
}

/** Les flèches qui arrivent à chaque nœud : entrées x, états h et sorties y, numérotés par leur pas. */
function parents({ inputs, outputs, feedback, steps }) {
  const graph = new Map();
  const emits = new Set(outputs.map(({ step }) => step));
  for (const step of range(1, steps + 1)) {
    const into = step > 1 ? [`h${step - 1}`] : [];
    if (step <= inputs.length) into.push(`x${step}`);
    else if (feedback && emits.has(step - 1)) into.push(`y${step - 1}`);
    graph.set(`h${step}`, into);
    if (emits.has(step)) graph.set(`y${step}`, [`h${step}`]);
  }
  return graph;
}

/** De quelles entrées chaque sortie peut dépendre : on remonte les flèches depuis la sortie. (sorties, entrées). */
export function dependencies(plan) {
  const graph = parents(plan);
  return plan.outputs.map(({ step }) => {
    const seen = new Set();
    const waiting = [`y${step}`];
    while (waiting.length > 0) {
      const node = waiting.pop();
      if (seen.has(node)) continue;
      seen.add(node);
      waiting.push(...(graph.get(node) ?? []));
    }
    return plan.inputs.map((_, i) => seen.has(`x${i + 1}`));
  });
}

/** Ce qui sort : la bonne réponse, ou « ? » si ce qu'il faut savoir n'a pas été lu. */
export function answers(plan) {
  const table = dependencies(plan);
  return plan.outputs.map(({ answer, needs }, j) => (needs.every((i) => table[j][i]) ? answer : "?"));
}

/** Les mots « 1 entrée sur 6 : b », pour une ligne de la table. */
function listed(inputs, row) {
  const read = inputs.filter((_, i) => row[i]);
  return `${read.length} entrée${read.length > 1 ? "s" : ""} sur ${inputs.length} : ${read.join(" ")}`;
}

/** Ce qui se passe à un pas, en phrases. */
export function explain(plan, step) {
  if (step === 0) return "Rien n’est encore lu.";
  const said = answers(plan);
  const j = plan.outputs.findIndex((output) => output.step === step);
  const last = plan.outputs.findIndex((output) => output.step === step - 1);
  const entering = plan.inputs[step - 1] ?? (last < 0 ? BLANK : said[last]);
  const origin = step <= plan.inputs.length ? "" : last < 0 ? " (le départ)" : " (la sortie précédente)";
  const start = `Pas ${step} sur ${plan.steps}. Entre « ${entering} »${origin}`;
  if (j < 0) return `${start} ; rien ne sort.`;
  const text = `${start} ; sort « ${said[j]} ». Cette sortie peut dépendre de ${listed(plan.inputs, dependencies(plan)[j])}.`;
  return said[j] === "?" ? `${text} Il faudrait avoir lu la suite : augmentez le retard.` : text;
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "Typologies",
      keys: ["kind", "word", "digit", "delay", "step"],
      hint: "revenez au pas 0, puis avancez : quelle est la première sortie, et qu’a-t-on lu quand elle tombe ? Prenez « décalé » et mettez le retard à 0 : toutes les réponses deviennent «\u00a0?\u00a0».",
    },
  );
  const get = (key) => model.get(key);
  const plan = () => timeline(get("kind"), get("word"), get("digit"), get("delay"));
  const current = () => Math.min(get("step"), plan().steps);
  // Les réglages de la typologie choisie ; ceux des autres ne sont pas dans la page.
  const word = textField(view, { key: "word", label: "Mot lu", help: `${LONGEST} lettres au plus.`, check: (text) => readWord(text).error ?? "" });
  const digit = slider(view, { key: "digit", label: "Chiffre lu", min: 0, max: 9, step: 1, format: String });
  const delay = slider(view, { key: "delay", label: "Retard", min: 0, max: 3, step: 1, format: String });
  const settings = html("div", { class: "rnn-row" });
  let shownKind;
  view.onRefresh(() => {
    if (shownKind === get("kind")) return;
    shownKind = get("kind");
    settings.replaceChildren(...({ one_to_many: [digit], delayed: [word, delay] }[shownKind] ?? [word]));
  });

  const task = html("p", { class: "rnn-task" });
  const scene = svg("svg", { role: "img", class: "rnn-scene" });
  const map = svg("svg", { role: "img", class: "rnn-map" });
  const words = html("p", { class: "rnn-explain" });
  const legend = html("p", { class: "rnn-help" });
  view.body.append(
    choice(view, { key: "kind", label: "Typologie", options: Object.entries(KINDS).map(([key, { name }]) => [key, name]) }),
    settings,
    task,
    scene,
    legend,
    stepper(view, {
      label: () => "Pas",
      min: 0,
      max: () => plan().steps,
      format: (t) => `${t} sur ${plan().steps}`,
      get: current,
      set: (step) => view.set({ step }),
    }),
    html("div", { class: "rnn-pair" }, map, words),
  );

  return view.start(() => {
    const [line, step] = [plan(), current()];
    const said = answers(line);
    const table = dependencies(line);
    task.replaceChildren(html("strong", {}, "Tâche : "), `${KINDS[get("kind")].task}.`);
    legend.replaceChildren("En haut, les sorties ; au milieu, la boîte à chaque pas ; en bas, les entrées", line.feedback ? ", et en pointillé la sortie précédente, redonnée en entrée." : ".");
    drawScene(scene, view.width(), line, step, said, table);
    drawMap(map, line, step, said, table);
    const text = explain(line, step);
    words.replaceChildren(text);
    const out = line.outputs.flatMap((output, j) => (output.step <= step ? [said[j]] : []));
    scene.setAttribute("aria-label", `Entré : ${line.inputs.slice(0, step).join(" ") || "rien"}. Sorti : ${out.join(" ") || "rien"}.`);
    map.setAttribute(
      "aria-label",
      `Ce dont chaque sortie peut dépendre. ${line.outputs.map((_, j) => `Sortie ${j + 1} : ${listed(line.inputs, table[j])}`).join(". ")}.`,
    );
    view.announce(text);
  });
}

function drawScene(scene, width, line, step, said, table) {
  const { inputs, outputs, feedback, steps } = line;
  const column = Math.min(72, width / steps);
  const left = (width - column * steps) / 2;
  const size = Math.min(36, column - 5);
  const gap = (column - size) / 2;
  const [top, middle, bottom, height] = [24, 88, 152, 176];
  const row = outputs.findIndex((output) => output.step === step);
  // Ce que la sortie de ce pas peut avoir lu.
  const lit = (i) => row >= 0 && table[row][i];
  const parts = [];
  const tile = (x, y, label, name) => {
    parts.push(svg("rect", { x: x - size / 2, y: y - size / 2, width: size, height: size, rx: 5, class: `rnn-box ${name}` }));
    parts.push(svgText(x, y + 4.5, label, { class: label.length > 1 && size < 30 ? "rnn-token rnn-tight" : "rnn-token" }));
  };
  for (const t of range(1, steps + 1)) {
    const x = left + column * (t - 0.5);
    const reached = t <= step;
    if (t === step) parts.push(svg("rect", { x: x - column / 2, y: 1, width: column, height: height - 2, rx: 6, class: "rnn-band" }));
    const j = outputs.findIndex((output) => output.step === t);
    const before = outputs.findIndex((output) => output.step === t - 1);
    if (reached && j >= 0) {
      parts.push(arrow(`M${x} ${middle - size / 2}V${top + size / 2 + 8}`, x, top + size / 2 + 1, -90));
      tile(x, top, said[j], t === step ? "rnn-emitted rnn-lit" : "rnn-emitted");
    }
    if (t > 1) {
      const y = middle;
      // Dans une colonne étroite, un trait suffit : le temps va de gauche à droite.
      const path = `M${x - column + size / 2} ${y}H${x - size / 2 - (gap > 6 ? 8 : 0)}`;
      parts.push(gap > 6 ? arrow(path, x - size / 2 - 1, y, 0) : svg("path", { d: path, class: "rnn-axis" }));
    }
    tile(x, middle, String(t), reached ? "rnn-state" : "rnn-state rnn-later");
    const token = t <= inputs.length ? inputs[t - 1] : feedback ? (before < 0 ? BLANK : said[before]) : null;
    if (reached && token !== null) {
      parts.push(arrow(`M${x} ${bottom - size / 2}V${middle + size / 2 + 8}`, x, middle + size / 2 + 1, -90));
      const kind = t > inputs.length ? "rnn-fed" : lit(t - 1) ? "rnn-entered rnn-lit" : "rnn-entered";
      tile(x, bottom, token, kind);
    }
  }
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(...parts);
}

/** La carte : une ligne par sortie, une colonne par entrée, un disque où l'une peut dépendre de l'autre. */
function drawMap(map, { inputs, outputs }, step, said, table) {
  const [cell, left, top] = [24, 64, 40];
  const width = left + cell * inputs.length + 4;
  const height = top + cell * outputs.length + 4;
  const parts = [svgText(left, 12, "entrées →", { class: "rnn-scale", "text-anchor": "start" }), svgText(4, 30, "sorties ↓", { class: "rnn-scale", "text-anchor": "start" })];
  inputs.forEach((token, i) => parts.push(svgText(left + cell * (i + 0.5), top - 8, token, { class: "rnn-token" })));
  outputs.forEach((output, j) => {
    const y = top + cell * j;
    const out = output.step <= step;
    if (output.step === step) parts.push(svg("rect", { x: 1, y, width: width - 2, height: cell, rx: 4, class: "rnn-band" }));
    if (out) parts.push(svgText(left - 20, y + 17, said[j], { class: "rnn-token" }));
    table[j].forEach((possible, i) => {
      const x = left + cell * i;
      parts.push(svg("rect", { x: x + 2, y: y + 2, width: cell - 4, height: cell - 4, rx: 3, class: out ? "rnn-box" : "rnn-box rnn-later" }));
      if (possible && out) parts.push(svg("circle", { cx: x + cell / 2, cy: y + cell / 2, r: 6, class: "rnn-dep", "data-output": j, "data-input": i }));
    });
  });
  map.setAttribute("viewBox", `0 0 ${width} ${height}`);
  map.setAttribute("width", width);
  map.setAttribute("height", height);
  map.replaceChildren(...parts);
}

export default { render };
