// Alignement : un nombre en toutes lettres devient des chiffres ; où le décodeur regarde-t-il ? (chapitre 17)

import { button, color, decimal, html, openView, row, stepper, svg, svgText, textField } from "./commun.js";
import { affine, cut, decodeHalf, gruStep, softmax } from "./reseau.js";

const LARGEST = 999_999_999;
const LONGEST = 12;
const END = 10;
const START = 11;

// Les tailles du réseau, dans l'ordre où ses poids sont rangés (rnnbook.seq2seq.Seq2Seq).
const TRAITS = 16;
const UNITS = 48;

const UNITS_WORDS = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split(" ");
const OTHERS = "vingt vingts trente quarante cinquante soixante cent cents mille million millions et".split(" ");
const WORDS = [...UNITS_WORDS, ...OTHERS];
const TENS = { 2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante" };

function belowHundred(n) {
  if (n === 0) return [];
  if (n <= 16) return [UNITS_WORDS[n - 1]];
  if (n < 20) return ["dix", UNITS_WORDS[n - 11]];
  if (n === 80) return ["quatre", "vingts"];
  if (n > 80) return ["quatre", "vingt", ...belowHundred(n - 80)];
  const base = n >= 70 ? 6 : Math.floor(n / 10);
  const rest = n - 10 * base;
  return [TENS[base], ...(rest === 1 || rest === 11 ? ["et"] : []), ...belowHundred(rest)];
}

function belowThousand(n) {
  const [hundreds, rest] = [Math.floor(n / 100), n % 100];
  if (hundreds === 0) return belowHundred(rest);
  if (hundreds === 1) return ["cent", ...belowHundred(rest)];
  return [UNITS_WORDS[hundreds - 1], rest === 0 ? "cents" : "cent", ...belowHundred(rest)];
}

/** Les mots d'un nombre, comme rnnbook.data.numbers.number_words. */
export function numberWords(n) {
  const [millions, thousands, rest] = [Math.floor(n / 1e6), Math.floor(n / 1000) % 1000, n % 1000];
  const words = millions === 0 ? [] : [...belowThousand(millions), millions === 1 ? "million" : "millions"];
  // Devant « mille », vingt et cent ne prennent pas de s.
  if (thousands > 1) words.push(...belowThousand(thousands).map((word) => word.replace(/^(vingt|cent)s$/, "$1")));
  if (thousands > 0) words.push("mille");
  return [...words, ...belowThousand(rest)];
}

/** Lit ce qui est tapé : { number }, ou { error }. Les espaces entre les chiffres sont permises. */
export function parse(text) {
  const digits = text.replace(/\s/g, "");
  if (digits === "") return { error: "Écrivez un nombre." };
  if (!/^\d+$/.test(digits)) return { error: "Des chiffres seulement." };
  const number = Number(digits);
  if (number < 1 || number > LARGEST) return { error: "De 1 à 999 999 999." };
  return { number };
}

/** Range les nombres en matrices. */
export function unpack(text) {
  const gru = (inputs) => [3 * UNITS * inputs, 3 * UNITS * UNITS, 3 * UNITS, 3 * UNITS];
  const [e, d] = [gru(TRAITS), gru(TRAITS + UNITS)];
  const parts = cut(decodeHalf(text), [
    ["words", (WORDS.length + 1) * TRAITS],
    ["digits", (START + 1) * TRAITS],
    ["e0", e[0]], ["e1", e[1]], ["e2", e[2]], ["e3", e[3]],
    ["d0", d[0]], ["d1", d[1]], ["d2", d[2]], ["d3", d[3]],
    ["W_sa", UNITS * UNITS],
    ["W_ha", UNITS * UNITS],
    ["v", UNITS],
    ["W_o", (END + 1) * 2 * UNITS],
    ["b_o", END + 1],
  ]);
  return {
    ...parts,
    encoder: { W_x: parts.e0, W_h: parts.e1, b_x: parts.e2, b_h: parts.e3 },
    decoder: { W_x: parts.d0, W_h: parts.d1, b_x: parts.d2, b_h: parts.d3 },
  };
}

const ZERO = new Array(UNITS).fill(0);
const embed = (table, token) => Array.from(table.subarray(token * TRAITS, (token + 1) * TRAITS));

/** Écrit un nombre lu en mots : { tokens, looks }, un jeton et des poids d'attention (un par mot) à chaque pas. */
export function write(text, words) {
  const net = unpack(text);
  const states = [];
  let s = ZERO;
  for (const word of words) {
    s = gruStep(net.encoder, embed(net.words, WORDS.indexOf(word) + 1), s);
    states.push(s);
  }
  const keys = states.map((h) => affine(net.W_ha, h, ZERO));
  const [tokens, looks] = [[], []];
  let digit = START;
  while (tokens.length < LONGEST && digit !== END) {
    const query = affine(net.W_sa, s, ZERO);
    const look = softmax(keys.map((key) => key.reduce((sum, k, i) => sum + net.v[i] * Math.tanh(query[i] + k), 0)));
    const context = ZERO.map((_, i) => look.reduce((sum, a, j) => sum + a * states[j][i], 0));
    s = gruStep(net.decoder, [...embed(net.digits, digit), ...context], s);
    const scores = affine(net.W_o, [...s, ...context], net.b_o);
    digit = scores.indexOf(Math.max(...scores));
    tokens.push(digit);
    looks.push(look);
  }
  return { tokens, looks };
}

const label = (token) => (token === END ? "fin" : String(token));
const percent = (value) => `${decimal(100 * value, 0)}\u00a0%`;
const spaced = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "Alignement",
      keys: ["number", "step", "weights"],
      hint: "avancez chiffre à chiffre : quel mot le modèle regarde-t-il pour un zéro ? Essayez 71, qu’il rate, puis un nombre de plus de dix mots, plus long que tous ceux qu’il a appris.",
    },
  );
  let known = {};
  const current = () => {
    const number = model.get("number");
    if (known.number !== number) known = { number, words: numberWords(number), ...write(model.get("weights"), numberWords(number)) };
    return known;
  };
  const at = () => Math.min(model.get("step"), current().tokens.length);
  const said = html("p", { class: "rnn-written" });
  const scene = svg("svg", { role: "img", class: "rnn-scene" });
  // Le champ travaille sur du texte ; le modèle garde un entier.
  const field = {
    ...view,
    model: { get: () => spaced(model.get("number")) },
    set: ({ typed }) => view.set({ number: parse(typed).number }),
  };
  const pick = (number) => button(spaced(number), () => view.set({ number, step: 1 }), {});

  view.body.append(
    row(
      textField(field, {
        key: "typed",
        label: "Un nombre",
        help: "De 1 à 999 999 999 ; le réseau ne lit que ses mots. Rien n’est envoyé : il tourne dans la page.",
        inputmode: "numeric",
        check: (text) => parse(text).error ?? "",
      }),
      html("div", { class: "rnn-picks", role: "group", "aria-label": "Exemples" }, [71, 80000, 204000097, 987654321].map(pick)),
    ),
    said,
    stepper(view, {
      label: "Chiffre examiné",
      min: 1,
      max: () => current().tokens.length,
      format: (t) => `${t} sur ${current().tokens.length} : ${label(current().tokens[t - 1])}`,
      get: at,
      set: (step) => view.set({ step }),
    }),
    scene,
  );

  return view.start(() => {
    const { number, words, tokens, looks } = current();
    const step = at();
    const written = tokens.filter((token) => token !== END).join("");
    const right = written === String(number);
    said.replaceChildren(
      `« ${words.join(" ")} » → `,
      html("strong", { "data-written": written }, spaced(written)),
      right ? " : juste." : ` : faux, c’est ${spaced(number)}.`,
    );
    drawScene(scene, { width: view.width(), words, tokens, looks, step });
    const most = looks[step - 1].indexOf(Math.max(...looks[step - 1]));
    const sentence = `${written}, ${right ? "juste" : "faux"}. Pas ${step}, ${label(tokens[step - 1])} : regarde surtout « ${words[most]} », ${percent(looks[step - 1][most])}.`;
    scene.setAttribute("aria-label", sentence);
    view.announce(sentence);
  });
}

/** Une ligne par mot, une colonne par chiffre ; la case est d'autant plus pleine que le poids est grand. */
function drawScene(scene, { width, words, tokens, looks, step }) {
  const [left, right, line] = [84, 46, 22];
  const cell = Math.min(40, (width - left - right) / tokens.length);
  const height = 30 + line * words.length + 4;
  const parts = tokens.map((token, i) => svgText(left + cell * (i + 0.5), 18, label(token), { class: "rnn-letter" }));
  words.forEach((word, j) => {
    const y = 28 + line * j;
    parts.push(svgText(left - 8, y + 15, word, { "text-anchor": "end" }));
    tokens.forEach((_, i) => {
      const full = looks[i][j] * (line - 3);
      parts.push(
        svg("rect", { x: left + cell * i, y, width: cell - 2, height: line - 3, class: "rnn-slot" }),
        svg("rect", { x: left + cell * i, y: y + line - 3 - full, width: cell - 2, height: full, fill: color(i === step - 1 ? "orange" : "blue") }),
      );
    });
    parts.push(svgText(left + cell * tokens.length + 4, y + 15, percent(looks[step - 1][j]), { "text-anchor": "start", "data-word": j }));
  });
  parts.push(svg("rect", { x: left + cell * (step - 1) - 1.5, y: 3, width: cell + 1, height: height - 6, rx: 3, class: "rnn-reading" }));
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(...parts);
}

export default { render };
