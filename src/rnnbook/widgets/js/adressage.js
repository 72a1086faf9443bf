// Adressage NTM : les quatre étapes de l'adressage, la lecture et l'écriture, sur une mémoire 8×4 (chapitre 18).

import { color, decimal, html, math, openView, row, slider, svg, svgText } from "./commun.js";
import { softmax } from "./reseau.js";

const SLOTS = 8;
const WIDTH = 4;

// Les mêmes nombres que dans rnnbook.ntm : ni 0/0, ni log 0.
const NORM_EPSILON = 1e-8;
const WEIGHT_EPSILON = 1e-12;

/** Une boucle, sans tableau intermédiaire : la machine qui copie en fait des milliers à chaque cran de curseur. */
function dot(u, v) {
  let total = 0;
  for (let i = 0; i < u.length; i += 1) total += u[i] * v[i];
  return total;
}

const norm = (u) => Math.sqrt(dot(u, u));

/** Les poids par le contenu : softmax de beta · cosinus(key, case). memory : (cases, largeur), key : (largeur). */
export function contentWeights(memory, key, beta) {
  const length = norm(key);
  return softmax(memory.map((slot) => (beta * dot(slot, key)) / (norm(slot) * length + NORM_EPSILON)));
}

/** gate · content + (1 − gate) · previous. */
export function interpolate(content, previous, gate) {
  return content.map((w, i) => gate * w + (1 - gate) * previous[i]);
}

/** Convolution circulaire ; `moves` : les poids des décalages −r … +r, +1 avance la tête. */
export function shiftWeights(weights, moves) {
  const reach = (moves.length - 1) / 2;
  const size = weights.length;
  return weights.map((_, i) => moves.reduce((total, s, m) => total + s * weights[(i - (m - reach) + 2 * size) % size], 0));
}

/** Puissance gamma, puis division par la somme. */
export function sharpen(weights, gamma) {
  return softmax(weights.map((w) => gamma * Math.log(w + WEIGHT_EPSILON)));
}

/** La moyenne des cases, pondérée. */
export function read(memory, weights) {
  const seen = new Array(memory[0].length).fill(0);
  for (const [i, slot] of memory.entries()) {
    for (let j = 0; j < seen.length; j += 1) seen[j] += weights[i] * slot[j];
  }
  return seen;
}

/** case · (1 − w · erase) + w · add. */
export function write(memory, weights, erase, add) {
  return memory.map((slot, i) => slot.map((value, j) => value * (1 - weights[i] * erase[j]) + weights[i] * add[j]));
}

/** Un décalage fractionnaire se partage entre deux entiers : 0,9 donne (0 ; 0,1 ; 0,9). */
export function spread(shift) {
  return [Math.max(-shift, 0), 1 - Math.abs(shift), Math.max(shift, 0)];
}

/** Un pas entier : les poids après chaque étape, les deux mémoires et ce qu'on y lit. */
export function address({ memory, key, beta, gate, previous, shift, gamma, erase, add }) {
  const before = memory.map((_, i) => Number(i === previous));
  const content = contentWeights(memory, key, beta);
  const gated = interpolate(content, before, gate);
  const shifted = shiftWeights(gated, spread(shift));
  const final = sharpen(shifted, gamma);
  const written = write(memory, final, erase, add);
  return { stages: [before, content, gated, shifted, final], written, reads: [read(memory, final), read(written, final)] };
}

/** Où est un nombre nommé comme « memory[0,1] » ou « key[2] » : { name, i, j }. */
export function locate(selected) {
  const [, name, i, j] = selected.match(/^(\w+)\[(\d)(?:,(\d))?\]$/);
  return j === undefined ? { name, i: null, j: Number(i) } : { name, i: Number(i), j: Number(j) };
}

const KEYS = ["memory", "key", "erase", "add", "beta", "gate", "previous", "shift", "gamma", "selected"];
const VECTORS = [
  ["key", "clé k", "clé"],
  ["erase", "effacer e", "effacement"],
  ["add", "ajouter a", "ajout"],
];

/** Le rang de la plus grande valeur. */
export function highest(values) {
  return values.indexOf(Math.max(...values));
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "Adressage NTM",
      keys: KEYS,
      hint: [
        "mettez la porte à 0 : le contenu ne compte plus, la tête part de la case d’avant. ",
        "Puis mettez le décalage à 0,5 et ", math("γ"), " à 1 : la tête s’étale sur deux cases, et l’écriture touche les deux.",
      ],
    },
  );
  const scene = svg("svg", { role: "img", class: "rnn-scene" });
  const place = () => locate(model.get("selected"));
  const value = ({ name, i, j }) => (i === null ? model.get(name)[j] : model.get(name)[i][j]);
  const change = (number) => {
    const { name, i, j } = place();
    const changed = structuredClone(model.get(name));
    if (i === null) changed[j] = number;
    else changed[i][j] = number;
    view.set({ [name]: changed });
  };
  const setting = (key, label, role, min, max, step, format) =>
    slider(view, { key, label: () => [math(label), html("span", { class: "rnn-role" }, role())], min, max, step, format });
  const moves = () => {
    const [back, stay, forth] = spread(model.get("shift")).map((s) => decimal(s));
    return `décalage : −1 avec ${back}, 0 avec ${stay}, +1 avec ${forth}`;
  };

  view.body.append(
    row(
      html(
        "div",
        { class: "rnn-settings" },
        setting("beta", "β", () => "netteté de la recherche par le contenu", 0, 50, 0.5, (v) => decimal(v, 1)),
        setting("gate", "g", () => "porte : 0 garde la place d’avant, 1 suit le contenu", 0, 1, 0.05),
        setting("previous", "w_avant", () => "case où était la tête", 0, SLOTS - 1, 1, (i) => `case ${i}`),
        setting("shift", "s", moves, -1, 1, 0.05),
        setting("gamma", "γ", () => "affûtage : 1 ne change rien", 1, 20, 0.5, (v) => decimal(v, 1)),
      ),
      html(
        "div",
        { class: "rnn-settings" },
        numberTable(view, value),
        slider(view, {
          label: () => html("span", {}, nameOf(place())),
          min: () => (place().name === "erase" ? 0 : -1),
          max: 1,
          step: 0.1,
          format: (v) => decimal(v, 1),
          get: () => value(place()),
          set: change,
        }),
      ),
    ),
    scene,
  );

  return view.start(() => {
    const state = Object.fromEntries(KEYS.map((key) => [key, model.get(key)]));
    const found = address(state);
    drawScene(scene, view.width(), state, found);
    const [content, final] = [found.stages[1], found.stages[4]];
    const vector = found.reads[0].map((v) => decimal(v)).join(" ; ");
    const said =
      `Tête partie de la case ${state.previous}. Le contenu désigne la case ${highest(content)}, ${decimal(Math.max(...content))}. ` +
      `La tête se pose sur la case ${highest(final)}, ${decimal(Math.max(...final))}. Lu : ${vector}.`;
    scene.setAttribute("aria-label", said);
    view.announce(said);
  });
}

function nameOf({ name, i, j }) {
  if (i !== null) return `case ${i}, composante ${j + 1}`;
  return `${VECTORS.find(([key]) => key === name)[2]}, composante ${j + 1}`;
}

/** La mémoire et les trois vecteurs : un bouton par nombre ; une seule étape de tabulation, puis les flèches. */
function numberTable(view, value) {
  const rows = [...Array(SLOTS).keys()].map((i) => [`memory[${i},`, `case ${i}`]);
  for (const [key, label] of VECTORS) rows.push([`${key}[`, label]);
  const names = rows.map(([start]) => [...Array(WIDTH).keys()].map((j) => `${start}${j}]`));
  const nodes = names.map((line) => line.map((name) => cell(view, name, value)));
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const move = (event) => {
    const line = nodes.findIndex((list) => list.includes(event.target));
    if (!(event.key in steps) || line < 0) return;
    const [down, right] = steps[event.key];
    const next = nodes[line + down]?.[nodes[line].indexOf(event.target) + right];
    event.preventDefault();
    next?.focus();
    next?.click();
  };
  return html(
    "table",
    { class: "rnn-weights", keydown: move },
    html("caption", {}, "Mémoire, clé et écriture : choisissez un nombre"),
    html(
      "tbody",
      {},
      rows.map(([, label], i) => html("tr", {}, html("th", { scope: "row" }, label), nodes[i].map((node) => html("td", {}, node)))),
    ),
  );
}

function cell(view, name, value) {
  const node = html("button", { type: "button", class: "rnn-cell", click: () => view.set({ selected: name }) });
  view.onRefresh(() => {
    const chosen = view.model.get("selected") === name;
    const text = decimal(value(locate(name)), 1);
    node.replaceChildren(text);
    node.setAttribute("aria-label", `${nameOf(locate(name))} : ${text}`);
    node.setAttribute("aria-pressed", String(chosen));
    node.setAttribute("tabindex", chosen ? "0" : "-1");
  });
  return node;
}

const TITLES = [
  ["w_avant", "place d’avant", "muted"],
  ["w_contenu", "1. contenu", "blue"],
  ["w_porte", "2. interpolation", "purple"],
  ["w_décalé", "3. décalage", "orange"],
  ["w", "4. affûtage : la tête", "green"],
];

/** À gauche (ou en haut) les étapes, à droite (ou en bas) les deux mémoires, une colonne par case. */
function drawScene(scene, width, state, { stages, written, reads }) {
  const wide = width >= 640;
  const panel = wide ? (width - 24) / 2 : width;
  const left = drawStages(panel, stages);
  const shift = wide ? [panel + 24, 0] : [0, left.height + 12];
  const right = drawMemories(panel, state.memory, written, reads);
  const height = wide ? Math.max(left.height, right.height) : left.height + 12 + right.height;
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(left.node, svg("g", { transform: `translate(${shift[0]} ${shift[1]})` }, right.node));
}

function slotNames(column, y, count = SLOTS) {
  return [...Array(count).keys()].map((i) => svgText(column * (i + 0.5), y, String(i), { class: "rnn-scale" }));
}

function drawStages(width, stages) {
  const column = width / SLOTS;
  const node = svg("g", {});
  stages.forEach((weights, k) => {
    const top = 82 * k;
    const base = top + 64;
    const [name, title, tint] = TITLES[k];
    node.append(svgText(0, top + 14, `${title}, ${name}`, { "text-anchor": "start", class: "rnn-title" }));
    node.append(svg("line", { x1: 0, x2: width, y1: base, y2: base, class: "rnn-axis" }));
    weights.forEach((w, i) => {
      node.append(
        svg("rect", { x: column * i + column * 0.2, y: base - 42 * w, width: column * 0.6, height: 42 * w, fill: color(tint) }),
        svgText(column * (i + 0.5), base + 14, decimal(w), { "data-stage": k, "data-slot": i }),
      );
    });
  });
  const height = 82 * stages.length + 14;
  node.append(...slotNames(column, height - 4));
  return { node, height };
}

function drawMemories(width, memory, written, reads) {
  const column = width / (SLOTS + 1.25);
  const node = svg("g", {});
  const line = 26;
  [["Mémoire avant", memory, "avant"], ["Mémoire après l’écriture", written, "apres"]].forEach(([title, values, when], k) => {
    const top = k * (WIDTH * line + 70);
    node.append(svgText(0, top + 14, title, { "text-anchor": "start", class: "rnn-title" }));
    node.append(svgText(column * (SLOTS + 0.75), top + 14, "lu, r", { class: "rnn-title" }));
    const put = (number, x, j, data) => {
      const y = top + 24 + j * line;
      node.append(
        svg("rect", { x: x + 1, y, width: column - 2, height: line - 2, class: "rnn-slot" }),
        svg("rect", { x: x + 1, y, width: column - 2, height: line - 2, fill: color(number < 0 ? "soft-orange" : "soft-blue"), "fill-opacity": Math.min(1, Math.abs(number)), class: data.changed ? "rnn-changed" : undefined }),
        svgText(x + column / 2, y + 16, decimal(number), { ...data.attributes, class: "rnn-dense" }),
      );
    };
    values.forEach((slot, i) =>
      slot.forEach((number, j) => {
        const changed = Math.abs(number - memory[i][j]) >= 0.005;
        put(number, column * i, j, { changed, attributes: { "data-memory": when, "data-slot": i, "data-item": j } });
      }),
    );
    reads[k].forEach((number, j) => put(number, column * (SLOTS + 0.25), j, { attributes: { "data-read": when, "data-item": j } }));
    node.append(...slotNames(column, top + 24 + WIDTH * line + 14));
  });
  const bottom = 2 * (WIDTH * line + 70);
  node.append(svgText(0, bottom - 4, "Bordées : les valeurs que l’écriture a changées.", { "text-anchor": "start", class: "rnn-scale" }));
  return { node, height: bottom + 4 };
}

export default { render };
