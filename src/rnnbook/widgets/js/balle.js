// La balle : deviner la position suivante d'après une image, puis plusieurs (chapitre 1).

import { button, color, decimal, html, openView, row, slider, svg, svgText } from "./commun.js";
import { normalPair, uniforms } from "./hasard.js";

const FRAMES = 6;
const HALF = 2;
const LOUDEST = 0.1;
const STEP = 0.05;

/** Les images vues (de la plus ancienne à la plus récente) et la vraie position suivante, comme Ball.throw. */
export function throwBall(seed, frames, noise) {
  const draw = uniforms(seed);
  const [x, y] = [0.6 * draw() - 0.3, 0.6 * draw() - 0.3];
  const [angle, speed] = [2 * Math.PI * draw(), 0.2 + 0.1 * draw()];
  const [vx, vy] = [speed * Math.cos(angle), speed * Math.sin(angle)];
  const seen = [];
  for (let age = 0; age < frames; age += 1) {
    const [errorX, errorY] = normalPair(draw);
    seen.unshift([x - age * vx + noise * errorX, y - age * vy + noise * errorY]);
  }
  return { seen, next: [x + vx, y + vy] };
}

/** Prolonge d'un pas la droite des moindres carrés ; avec une image, c'est la dernière position. */
export function straightLine(seen) {
  const count = seen.length;
  const times = seen.map((_, i) => i - (count - 1) / 2);
  const spread = times.reduce((sum, t) => sum + t * t, 0) || 1;
  return [0, 1].map((axis) => {
    const mean = seen.reduce((sum, point) => sum + point[axis], 0) / count;
    const slope = times.reduce((sum, t, i) => sum + t * seen[i][axis], 0) / spread;
    return mean + (slope * (count + 1)) / 2;
  });
}

/** La distance à la vraie position de trois réponses : le lecteur, la dernière position, la droite. */
export function errors(guess, seen, next) {
  const away = ([x, y]) => Math.hypot(x - next[0], y - next[1]);
  return { guess: away(guess), last: away(seen.at(-1)), line: away(straightLine(seen)) };
}

/** Ramène une réponse au centième et dans le terrain. */
export function inField(point) {
  return point.map((value) => Math.max(-HALF, Math.min(HALF, Math.round(value * 100) / 100)));
}

const images = (count) => (count === 1 ? "1 image" : `${count} images`);
const place = ([x, y]) => `${decimal(x)} ; ${decimal(y)}`;

export function render({ model, el }) {
  const view = openView(
    { model, el },
    {
      title: "La balle",
      keys: ["seed", "frames", "noise", "guess", "revealed"],
      hint: [
        "faites trois lancers avec une image, puis trois avec cinq, et comparez vos moyennes. ",
        "Montez ensuite le bruit à 0,10 : deux images ne suffisent plus, six donnent encore la direction.",
      ],
    },
  );
  // Les erreurs du lecteur depuis l'ouverture : nombre d'images → [somme, nombre de lancers].
  let played = new Map();
  view.onRefresh((reset) => {
    if (reset) played = new Map();
  });
  const get = (key) => model.get(key);
  const current = () => throwBall(get("seed"), get("frames"), get("noise"));
  const answer = (point) => {
    if (!get("revealed")) view.set({ guess: inField(point) });
  };

  const scene = svg("svg", {
    class: "rnn-field",
    role: "application",
    "aria-roledescription": "terrain",
    tabindex: 0,
    click(event) {
      const box = scene.getBoundingClientRect();
      const part = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      answer([HALF * (2 * part[0] - 1), HALF * (1 - 2 * part[1])]);
    },
    keydown(event) {
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const step = event.shiftKey ? STEP / 5 : STEP;
      answer(get("guess").map((value, axis) => value + step * move[axis]));
    },
  });

  const verdict = html("tbody");
  const title = html("caption");
  const mean = html("p", { class: "rnn-help" });
  const reveal = () => {
    const { seen, next } = current();
    const [sum, count] = played.get(get("frames")) ?? [0, 0];
    played.set(get("frames"), [sum + errors(get("guess"), seen, next).guess, count + 1]);
    view.set({ revealed: true });
  };

  view.body.append(
    html("p", {}, "Où sera la balle à l’image suivante ? Touchez le terrain, ou déplacez la croix avec les flèches."),
    html(
      "div",
      { class: "rnn-throw" },
      scene,
      html(
        "div",
        { class: "rnn-side" },
        slider(view, { key: "frames", label: "Images vues", min: 1, max: FRAMES, step: 1, format: images }),
        slider(view, { key: "noise", label: "Bruit de mesure", min: 0, max: LOUDEST, step: 0.01 }),
        row(
          button("Révéler", reveal, { view, enabled: () => !get("revealed") }),
          button("Nouveau lancer", () => view.set({ seed: (get("seed") + 1) % 2 ** 32, guess: [0.5, 0.5], revealed: false })),
        ),
        html("table", { class: "rnn-verdict" }, title, verdict),
        mean,
      ),
    ),
  );

  return view.start(() => {
    const { seen, next } = current();
    const guess = get("guess");
    const wrong = errors(guess, seen, next);
    drawField(scene, view, { seen, next, guess, revealed: get("revealed") });

    const shown = (text) => (get("revealed") ? text : "?");
    title.replaceChildren(`Erreurs au lancer n° ${get("seed")}`);
    verdict.replaceChildren(
      ...[
        ["✚ votre croix", decimal(wrong.guess), "orange"],
        ["● dernière position", decimal(wrong.last), "blue"],
        ["■ droite ajustée", decimal(wrong.line), "purple"],
        ["◆ vraie position", place(next), "green"],
      ].map(([name, text, hue]) =>
        html("tr", {}, html("th", { scope: "row", class: `rnn-hue-${hue}` }, name), html("td", {}, shown(text))),
      ),
    );
    const means = [...played].sort(([a], [b]) => a - b);
    mean.replaceChildren(
      means.length === 0
        ? "Vos erreurs moyennes s’écriront ici."
        : `Vos erreurs moyennes : ${means.map(([k, [sum, n]]) => `${images(k)}, ${decimal(sum / n)} (${n} fois)`).join(" ; ")}.`,
    );

    const about = `Lancer n° ${get("seed")}, ${images(seen.length)}, la dernière en ${place(seen.at(-1))}. Votre croix : ${place(guess)}.`;
    const end = `La balle est en ${place(next)}. Erreurs : vous ${decimal(wrong.guess)}, dernière position ${decimal(wrong.last)}, droite ${decimal(wrong.line)}.`;
    const text = get("revealed") ? `${about} ${end}` : about;
    scene.setAttribute("aria-label", text);
    view.announce(text);
  });
}

function drawField(scene, view, { seen, next, guess, revealed }) {
  // Sur un grand écran, le terrain laisse la place des réglages à côté de lui.
  const width = view.width();
  const side = Math.min(width, width < 560 ? 420 : 0.54 * width);
  const at = ([x, y]) => [(side / 2) * (1 + x / HALF), (side / 2) * (1 - y / HALF)];
  const parts = [svg("rect", { x: 1, y: 1, width: side - 2, height: side - 2, rx: 8, class: "rnn-box" })];
  for (const value of [-1, 0, 1]) {
    const [x, y] = at([value, value]);
    parts.push(svg("path", { d: `M${x} 1V${side - 1}M1 ${y}H${side - 1}`, class: "rnn-grid" }));
  }
  seen.forEach((point, i) => {
    const [x, y] = at(point);
    parts.push(svg("circle", { cx: x, cy: y, r: i === seen.length - 1 ? 10 : 8, fill: color("blue") }));
    parts.push(svgText(x, y + 4, String(i + 1), { class: "rnn-number" }));
  });
  if (revealed) {
    const [x, y] = at(next);
    const [lineX, lineY] = at(straightLine(seen));
    parts.push(svg("path", { d: `M${at(guess)}L${x} ${y}`, class: "rnn-gap" }));
    parts.push(svg("rect", { x: lineX - 6, y: lineY - 6, width: 12, height: 12, class: "rnn-line" }));
    parts.push(svg("path", { d: `M${x} ${y - 8}l8 8l-8 8l-8 -8Z`, class: "rnn-truth" }));
  }
  const [x, y] = at(guess);
  parts.push(svg("path", { d: `M${x - 10} ${y}h20M${x} ${y - 10}v20`, class: "rnn-guess" }));
  scene.setAttribute("viewBox", `0 0 ${side} ${side}`);
  scene.setAttribute("width", side);
  scene.setAttribute("height", side);
  scene.replaceChildren(...parts);
}

export default { render };
