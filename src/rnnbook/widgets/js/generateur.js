// Générateur : un GRU invente un nom de lieu, lettre après lettre ; la loi de chaque tirage est montrée (chapitre 16).

import { button, color, decimal, html, openView, row, slider, stepper, svg, svgText, textField } from "./commun.js";
import { uniforms } from "./hasard.js";
import { affine, cut, decodeHalf, gruStep, softmax } from "./reseau.js";

const LONGEST = 30;
const LONGEST_START = 15;
const SHOWN = 8;

// Les tailles du réseau, dans l'ordre où ses poids sont rangés (rnnbook.language.CharModel).
const TOKENS = 44;
const TRAITS = 24;
const UNITS = 112;

const ALPHABET = "abcdefghijklmnopqrstuvwxyzàâçèéêëîïôûüÿœ '-";

/** Ramène un début à l'alphabet du réseau : { letters }, ou { error }. Même résultat que normalise_place. */
export function normalise(start) {
  const letters = start.normalize("NFC").toLowerCase().replaceAll("’", "'");
  const wrong = [...letters].find((sign) => !ALPHABET.includes(sign));
  if (wrong !== undefined) return { error: `« ${wrong} » n’est pas dans l’alphabet du réseau.` };
  if (start.length > LONGEST_START) return { error: `${start.length} signes, c’est trop : ${LONGEST_START} au plus.` };
  if (letters !== "" && letters.replace(/[ '-]/g, "") === "") return { error: "Écrivez au moins une lettre, ou rien." };
  return { letters };
}

/** Range les nombres en matrices ; les blocs du GRU sont, dans l'ordre, r, z et le candidat. */
export function unpack(text) {
  return cut(decodeHalf(text), [
    ["embedding", TOKENS * TRAITS],
    ["W_x", 3 * UNITS * TRAITS],
    ["W_h", 3 * UNITS * UNITS],
    ["b_x", 3 * UNITS],
    ["b_h", 3 * UNITS],
    ["W_o", TOKENS * UNITS],
    ["b_o", TOKENS],
  ]);
}

function read(net, token, h) {
  return gruStep(net, net.embedding.subarray(token * TRAITS, (token + 1) * TRAITS), h);
}

/** La loi du jeton suivant : softmax(scores / température). */
export function law(net, h, temperature) {
  return softmax(affine(net.W_o, h, net.b_o).map((score) => score / temperature));
}

/** Tire un nom : { tokens, laws }, un jeton et une loi par tirage ; le jeton 0 est la fin. */
export function generate(text, letters, temperature, seed) {
  const net = unpack(text);
  const chance = uniforms(seed);
  const tokens = [];
  const laws = [];
  let h = read(net, 0, new Array(UNITS).fill(0));
  for (const letter of letters) h = read(net, ALPHABET.indexOf(letter) + 1, h);
  while (letters.length + tokens.length < LONGEST && !tokens.includes(0)) {
    if (tokens.length > 0) h = read(net, tokens.at(-1), h);
    const now = law(net, h, temperature);
    const drawn = chance();
    let sum = 0;
    const reached = now.findIndex((p) => (sum += p) > drawn);
    tokens.push(reached === -1 ? now.length - 1 : reached);
    laws.push(now);
  }
  return { tokens, laws };
}

/** Écrit un jeton pour l'œil. */
export function label(token) {
  return token === 0 ? "fin" : ALPHABET[token - 1] === " " ? "espace" : ALPHABET[token - 1];
}

const write = (tokens) => tokens.map((token) => (token === 0 ? "" : ALPHABET[token - 1])).join("");

function percent(value) {
  return `${decimal(100 * value, 1)}\u00a0%`;
}

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "Générateur",
      keys: ["temperature", "start", "seed", "step", "weights"],
      hint: "baissez la température à 0,3 et tirez plusieurs noms : ils se ressemblent. Montez-la à 1,5 : l’orthographe casse. Puis reculez tirage par tirage et regardez quand le réseau hésite.",
    },
  );
  let known = {};
  const draw = () => {
    const [letters, temperature, seed] = [normalise(model.get("start")).letters, model.get("temperature"), model.get("seed")];
    const key = `${letters}|${temperature}|${seed}`;
    if (known.key !== key) known = { key, letters, ...generate(model.get("weights"), letters, temperature, seed) };
    return known;
  };
  const current = () => Math.min(model.get("step"), draw().tokens.length);
  const word = html("p", { class: "rnn-invented", "data-word": "" });
  const scene = svg("svg", { role: "img", class: "rnn-scene" });

  view.body.append(
    row(
      slider(view, { key: "temperature", label: "Température", min: 0.1, max: 2, step: 0.1, format: (t) => decimal(t, 1) }),
      textField(view, {
        key: "start",
        label: "Début du nom",
        help: `${LONGEST_START} signes au plus ; vide, le réseau choisit tout. Rien n’est envoyé : il tourne dans la page.`,
        check: (text) => normalise(text).error ?? "",
      }),
    ),
    row(
      slider(view, { key: "seed", label: "Graine du tirage", min: 0, max: 999, step: 1, format: String }),
      button("Tirer un autre nom", () => view.set({ seed: (model.get("seed") + 1) % 1000, step: LONGEST + 1 }), {}),
    ),
    word,
    stepper(view, {
      label: "Tirage montré",
      min: 1,
      max: () => draw().tokens.length,
      format: (t) => `${t} sur ${draw().tokens.length}`,
      get: current,
      set: (step) => view.set({ step }),
    }),
    scene,
  );

  return view.start(() => {
    const { letters, tokens, laws } = draw();
    const at = current();
    const [now, chosen] = [laws[at - 1], tokens[at - 1]];
    const before = letters + write(tokens.slice(0, at - 1));
    word.replaceChildren(
      html("span", { class: "rnn-given" }, before),
      html("strong", {}, chosen === 0 ? "▪" : label(chosen).replace("espace", "\u00a0")),
      html("span", { class: "rnn-later" }, write(tokens.slice(at))),
    );
    drawScene(scene, { width: view.width(), now, chosen });
    const whole = letters + write(tokens);
    const said = `Nom tiré : ${whole}. Tirage ${at} sur ${tokens.length} : ${label(chosen)}, de probabilité ${percent(now[chosen])}.`;
    scene.setAttribute("aria-label", said);
    view.announce(said);
  });
}

/** Une barre par jeton, du plus probable au moins probable ; le jeton tiré est marqué, même s'il est plus bas. */
function drawScene(scene, { width, now, chosen }) {
  const order = now.map((_, i) => i).sort((i, j) => now[j] - now[i] || i - j);
  const shown = order.slice(0, SHOWN);
  if (!shown.includes(chosen)) shown[SHOWN - 1] = chosen;
  const left = 62;
  const room = width - left - 120;
  const parts = shown.flatMap((token, i) => {
    const y = 4 + 24 * i;
    const picked = token === chosen;
    return [
      svgText(left - 8, y + 14, label(token), { "text-anchor": "end", class: "rnn-letter" }),
      svg("rect", { x: left, y, width: Math.max(1, room * now[token]), height: 18, rx: 1.5, fill: color(picked ? "orange" : "blue") }),
      svgText(left + room * now[token] + 6, y + 14, percent(now[token]), { "text-anchor": "start", "data-token": token }),
      ...(picked ? [svgText(left + room * now[token] + 62, y + 14, "← tiré", { "text-anchor": "start" })] : []),
    ];
  });
  const height = 8 + 24 * shown.length;
  scene.setAttribute("viewBox", `0 0 ${width} ${height}`);
  scene.setAttribute("width", width);
  scene.setAttribute("height", height);
  scene.replaceChildren(...parts);
}

export default { render };
