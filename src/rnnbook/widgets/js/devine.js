// Devine la langue : un RNN simple lit un nom lettre après lettre et dit à quelle liste il ressemble (chapitre 7).

import { color, decimal, html, openView, row, stepper, svg, svgText, textField } from "./commun.js";
import { decodeHalf, softmax } from "./reseau.js";

const LONGEST = 20;
const SHOWN = 6;

// Les tailles du réseau, dans l'ordre où ses poids sont rangés (rnnbook.models.NameClassifier).
const TOKENS = 30;
const TRAITS = 32;
const UNITS = 128;

const ALPHABET = "abcdefghijklmnopqrstuvwxyz '-";
const LETTER = /[a-zA-Z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f\u1e00-\u1e99\u1e9e\u1ea0-\u1ef9]/;

// Les lettres latines qui ne sont pas une lettre simple avec un accent.
const SPECIAL = {
  æ: "ae", ð: "d", ø: "o", þ: "th", ß: "ss", đ: "d", ħ: "h", ı: "i", ĳ: "ij", ĸ: "k", ŀ: "l", ł: "l", ŉ: "n", ŋ: "ng", œ: "oe", ŧ: "t", ſ: "s",
};

/**
 * Ramène un nom à l'alphabet du réseau : { letters }, ou { error }. Même résultat que rnnbook.data.normalise pour
 * l'alphabet latin : accents ôtés (forme NFD), lettres spéciales développées, minuscules, espaces simples.
 */
export function normalise(name) {
  let text = "";
  for (const sign of name.normalize("NFC")) {
    if (/['’ʼ`´]/.test(sign)) text += "'";
    else if (/[-\u2010\u2011\u2013]/.test(sign)) text += "-";
    else if (/\s/.test(sign)) text += " ";
    else if (LETTER.test(sign)) text += SPECIAL[sign.toLowerCase()] ?? sign.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    else if (!/\p{M}/u.test(sign)) return { error: `« ${sign} » n’est pas une lettre latine.` };
  }
  const letters = text.split(" ").filter(Boolean).join(" ");
  if (letters === "") return { error: "Écrivez un nom." };
  if (letters.length > LONGEST) return { error: `${letters.length} lettres, c’est trop : ${LONGEST} au plus.` };
  return { letters };
}

/** Range les nombres en matrices : plongement, W_xh, W_hh, biais, W_ho, b_o. */
export function unpack(text) {
  const numbers = decodeHalf(text);
  const languages = (numbers.length - TOKENS * TRAITS - UNITS * (TRAITS + UNITS + 2)) / (UNITS + 1);
  let start = 0;
  const next = (size) => numbers.subarray(start, (start += size));
  return {
    embedding: next(TOKENS * TRAITS),
    W_xh: next(UNITS * TRAITS),
    W_hh: next(UNITS * UNITS),
    b_x: next(UNITS),
    b_h: next(UNITS),
    W_ho: next(languages * UNITS),
    b_o: next(languages),
  };
}

function product(matrix, vector, i) {
  let sum = 0;
  for (let j = 0; j < vector.length; j += 1) sum += matrix[i * vector.length + j] * vector[j];
  return sum;
}

/** Les probabilités des langues après chaque lettre, (lettres, langues). `letters` est un nom normalisé. */
export function read(text, letters) {
  const net = unpack(text);
  let h = new Array(UNITS).fill(0);
  return [...letters].map((letter) => {
    const token = ALPHABET.indexOf(letter) + 1;
    const x = net.embedding.subarray(token * TRAITS, (token + 1) * TRAITS);
    const previous = h;
    h = previous.map((_, i) => Math.tanh(product(net.W_xh, x, i) + net.b_x[i] + product(net.W_hh, previous, i) + net.b_h[i]));
    return softmax(Array.from(net.b_o, (b, k) => b + product(net.W_ho, h, k)));
  });
}

/** Les rangs des `count` plus grandes valeurs, de la plus grande à la plus petite. */
export function largest(values, count) {
  return values.map((_, i) => i).sort((i, j) => values[j] - values[i] || i - j).slice(0, count);
}

/** Les langues de la bande : celles qui ont le plus convaincu à un moment, la plus probable à présent d'abord. */
export function strongest(table, step, count) {
  const peaks = table[0].map((_, k) => Math.max(...table.slice(0, step).map((row) => row[k])));
  const now = table[step - 1];
  return largest(peaks, count).sort((i, j) => now[j] - now[i] || i - j);
}

function percent(value) {
  return `${decimal(100 * value, 1)}\u00a0%`;
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "Devine la langue",
      keys: ["name", "step", "weights", "languages"],
      hint: "reculez lettre à lettre : à quel moment l’avis bascule-t-il ? Puis essayez votre nom, et ajoutez-lui «\u00a0ski\u00a0», «\u00a0ez\u00a0» ou «\u00a0son\u00a0».",
    },
  );
  const letters = () => normalise(model.get("name")).letters;
  const current = () => Math.min(model.get("step"), letters().length);
  const titles = model.get("languages").split(",");
  const scene = svg("svg", { role: "img", class: "rnn-scene" });

  view.body.append(
    row(
      textField(view, {
        key: "name",
        label: "Un nom de famille",
        help: `En lettres latines, ${LONGEST} au plus ; les accents sont ôtés. Rien n’est envoyé : le réseau tourne dans la page.`,
        check: (text) => normalise(text).error ?? "",
      }),
    ),
    stepper(view, {
      label: "Lettres lues",
      min: 1,
      max: () => letters().length,
      format: (t) => `${t} sur ${letters().length} : « ${letters().slice(0, t)} »`,
      get: current,
      set: (step) => view.set({ step }),
    }),
    scene,
    html(
      "p",
      { class: "rnn-caution" },
      html("strong", {}, "Un nom n’est pas une origine. "),
      "Ces nombres disent à quelle liste de noms l’orthographe ressemble, et rien d’une personne.",
    ),
  );

  let known = {};
  return view.start(() => {
    if (known.letters !== letters()) known = { letters: letters(), table: read(model.get("weights"), letters()) };
    const step = current();
    const order = largest(known.table[step - 1], SHOWN);
    drawScene(scene, { width: view.width(), letters: known.letters, table: known.table, step, order, titles });
    const [first, second] = order.map((k) => `${titles[k]} ${percent(known.table[step - 1][k])}`);
    const said = `Après ${step} lettre${step > 1 ? "s" : ""} sur ${known.letters.length}, le plus probable : ${first}, puis ${second}.`;
    scene.setAttribute("aria-label", said);
    view.announce(said);
  });
}

/** En haut, une case par langue et par lettre, plus pleine si la langue est plus probable ; en bas, l'avis présent. */
function drawScene(scene, { width, letters, table, step, order, titles }) {
  const left = 84;
  const right = 54;
  const line = 26;
  const cell = Math.min(26, (width - left - right) / letters.length);
  const end = left + cell * letters.length;
  const bars = order.length * line + 44;
  const room = width - left - right;
  const parts = [...letters].map((letter, t) =>
    svgText(left + cell * (t + 0.5), 18, letter === " " ? "·" : letter, { class: t < step ? "rnn-letter" : "rnn-letter rnn-unread" }),
  );
  strongest(table, step, SHOWN).forEach((k, i) => {
    const y = 26 + i * line;
    parts.push(svgText(left - 8, y + 16, titles[k], { "text-anchor": "end" }));
    for (let t = 0; t < letters.length; t += 1) {
      const height = t < step ? table[t][k] * (line - 6) : 0;
      parts.push(
        svg("rect", { x: left + cell * t, y, width: cell - 1, height: line - 6, class: "rnn-slot" }),
        svg("rect", { x: left + cell * t, y: y + line - 6 - height, width: cell - 1, height, fill: color("blue") }),
      );
    }
  });
  order.forEach((k, i) => {
    const value = table[step - 1][k];
    const z = bars + i * 22;
    parts.push(
      svgText(left - 8, z + 13, titles[k], { "text-anchor": "end" }),
      svg("rect", { x: left, y: z, width: Math.max(1, room * value), height: 16, rx: 1.5, fill: color(i === 0 ? "orange" : "muted") }),
      svgText(left + room * value + 6, z + 13, percent(value), { "text-anchor": "start", "data-language": titles[k] }),
    );
  });
  const x = left + cell * (step - 1) - 1;
  parts.push(svg("rect", { x, y: 4, width: cell + 1, height: order.length * line + 22, rx: 3, class: "rnn-reading" }));
  if (end + right < width) parts.push(svgText(end + 8, 18, "← lettres lues", { "text-anchor": "start", class: "rnn-note" }));
  scene.setAttribute("viewBox", `0 0 ${width} ${bars + order.length * 22}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", bars + order.length * 22);
  scene.replaceChildren(...parts);
}

export default { render };
