// Ce que les figures partagent : des éléments de page, des réglages liés au modèle, des nombres à la française.
//
// Une figure ouvre une vue (`openView`), y place des réglages et une scène, puis appelle `view.start(draw)`.
// Tout changement du modèle, d'où qu'il vienne (un curseur, Python, un autre widget), redessine tout.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";
const MINUS = "\u2212";

// Plusieurs figures d'une page ont chacune leur copie de ce module dans Jupyter : le préfixe les distingue.
const idPrefix = `rnn-${Math.random().toString(36).slice(2, 8)}`;
let idCount = 0;

function newId() {
  idCount += 1;
  return `${idPrefix}-${idCount}`;
}

/** Écrit un nombre avec une virgule et un vrai signe moins : decimal(-0.5, 2) donne « −0,50 ». */
export function decimal(value, digits = 2) {
  const text = Math.abs(value).toFixed(digits).replace(".", ",");
  const isZero = !/[1-9]/.test(text);
  return value < 0 && !isZero ? MINUS + text : text;
}

/** Une couleur de la palette du livre, qui suit le mode clair ou sombre de la page. */
export function color(name) {
  return `var(--rnn-${name})`;
}

/** Dit si le lecteur a demandé de limiter les animations. */
export function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  // JupyterLab garderait pour lui les flèches et les lettres, sauf là où cet attribut dit qu'elles servent.
  if ("tabindex" in attributes || node.matches("input, button, select, textarea")) {
    node.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  node.append(...children.flat().map(unbreakable));
  return node;
}

/** Un texte où aucune ligne ne se coupe devant une ponctuation double, ni au bord d'un guillemet. */
function unbreakable(child) {
  return typeof child === "string" ? child.replace(/ (?=[:;?!»])/g, "\u00a0").replace(/« /g, "«\u00a0") : child;
}

/** Crée un élément HTML. Un attribut qui vaut une fonction est un écouteur : { click: () => … }. */
export function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Crée un élément SVG, comme `html`. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
}

/** Découpe « h_t-1 [2] » en suites de [texte, est-ce un indice]. L'indice va du souligné à l'espace ou au crochet. */
function scripts(text) {
  return text.split(/(_[^\s[\]]+)/).filter(Boolean).map((part) => (part[0] === "_" ? [part.slice(1), true] : [part, false]));
}

/** Un symbole mathématique dans un texte HTML : math("W_hh[1,2]") met hh en indice. */
export function math(text) {
  return html("span", { class: "rnn-math" }, scripts(text).map(([part, low]) => (low ? html("sub", {}, part) : part)));
}

/** Un texte SVG, centré sur x ; le souligné y met en indice comme dans `math`. */
export function svgText(x, y, text, attributes = {}) {
  let lowered = false;
  const parts = scripts(text).map(([part, low]) => {
    const dy = low === lowered ? undefined : low ? "3" : "-3";
    lowered = low;
    return svg("tspan", { dy, class: low ? "rnn-index" : undefined }, part);
  });
  return svg("text", { x, y, "text-anchor": "middle", ...attributes }, parts);
}

/** Une flèche SVG le long d'un chemin ; (x, y) est la pointe et `angle` sa direction en degrés. */
export function arrow(path, x, y, angle, attributes = {}) {
  return svg(
    "g",
    { class: "rnn-arrow", ...attributes },
    svg("path", { d: path, fill: "none" }),
    svg("path", { d: "M0 0L-8 -4.5V4.5Z", class: "rnn-head", transform: `translate(${x} ${y}) rotate(${angle})` }),
  );
}

/** Une barre SVG de la ligne zéro (y = zero) à la valeur ; `unit` est la hauteur en pixels de la valeur 1. */
export function bar(x, zero, width, unit, value, fillColor) {
  const height = Math.abs(value) * unit;
  return svg("rect", { x, y: value > 0 ? zero - height : zero, width, height, fill: fillColor, rx: Math.min(1.5, height) });
}

/** Anime de 0 à 1 en `duration` ms, ou saute à 1 si le lecteur limite les animations. Renvoie de quoi l'arrêter. */
export function animate(duration, step) {
  if (reducedMotion()) {
    step(1);
    return () => {};
  }
  let request;
  const start = performance.now();
  const frame = (now) => {
    const progress = Math.min(1, Math.max(0, (now - start) / duration));
    step(progress * progress * (3 - 2 * progress));
    if (progress < 1) request = requestAnimationFrame(frame);
  };
  request = requestAnimationFrame(frame);
  return () => cancelAnimationFrame(request);
}

/**
 * Ouvre la vue d'une figure dans `el` : titre, corps à remplir, phrase « À essayer », bouton « Réinitialiser ».
 *
 * `keys` nomme tous les traits de la figure : ceux qu'elle suit, et que « Réinitialiser » remet à leur valeur
 * d'ouverture. `hint` : ce qu'il faut essayer et remarquer (texte, ou liste de textes et d'éléments).
 */
export function openView({ model, el }, { title, hint, keys }) {
  const initial = keys.map((key) => [key, structuredClone(model.get(key))]);
  const refreshers = [];
  const cleaners = [];
  const live = html("p", { class: "rnn-live", role: "status" });
  let timer;
  let said;
  let draw = () => {};

  const view = {
    model,
    body: html("div", { class: "rnn-body" }),

    /** Change plusieurs traits d'un coup et prévient Python. */
    set(changes) {
      for (const [key, value] of Object.entries(changes)) model.set(key, value);
      model.save_changes();
    },

    /** Largeur utile de la scène, en pixels. */
    width: () => view.body.clientWidth || 640,

    /** Ajoute une fonction appelée avant chaque dessin ; elle reçoit `true` après « Réinitialiser ». */
    onRefresh: (refresh) => refreshers.push(refresh),

    /** Ajoute une fonction appelée quand la figure disparaît. */
    onClose: (clean) => cleaners.push(clean),

    /** Dit un texte aux lecteurs d'écran, une fois que les changements cessent ; l'état d'ouverture n'est pas dit. */
    announce(text) {
      clearTimeout(timer);
      if (said === undefined) said = text;
      if (text === said) return;
      timer = setTimeout(() => {
        said = text;
        live.replaceChildren(text);
      }, 600);
    },

    /** Met les réglages à jour et redessine. */
    update(reset = false) {
      for (const refresh of refreshers) refresh(reset);
      draw();
    },

    /** Dessine une première fois, puis à chaque changement ; renvoie de quoi tout arrêter. */
    start(callback) {
      draw = callback;
      let pending = false;
      const schedule = () => {
        if (pending) return;
        pending = true;
        queueMicrotask(() => {
          pending = false;
          view.update();
        });
      };
      for (const key of keys) model.on(`change:${key}`, schedule);
      let width = view.width();
      const observer = new ResizeObserver(() => {
        if (view.width() === width) return;
        width = view.width();
        schedule();
      });
      observer.observe(view.body);
      view.update();
      return () => {
        clearTimeout(timer);
        observer.disconnect();
        for (const key of keys) model.off(`change:${key}`, schedule);
        for (const clean of cleaners) clean();
      };
    },
  };

  const reset = button("Réinitialiser", () => {
    view.set(Object.fromEntries(structuredClone(initial)));
    view.update(true);
  });
  el.classList.add("rnn-figure");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", title);
  el.setAttribute("lang", "fr");
  const advice = html("p", { class: "rnn-hint" }, html("strong", {}, "À essayer : "), hint);
  el.replaceChildren(view.body, html("div", { class: "rnn-foot" }, advice, reset), live);
  return view;
}

/** Un bouton. `enabled` (facultatif, avec une vue) dit à chaque dessin s'il a un effet. */
export function button(label, click, { view, enabled, ...attributes } = {}) {
  const node = html("button", { type: "button", class: "rnn-button", click: () => isOn() && click(), ...attributes }, label);
  const isOn = () => node.getAttribute("aria-disabled") !== "true";
  // aria-disabled plutôt que disabled : le bouton garde le focus du clavier quand il cesse d'agir.
  if (enabled) view.onRefresh(() => node.setAttribute("aria-disabled", String(!enabled())));
  return node;
}

/** Plusieurs réglages côte à côte, qui passent à la ligne sur un petit écran. */
export function row(...children) {
  return html("div", { class: "rnn-row" }, children);
}

/**
 * Un curseur lié au trait `key`, ou à `get` et `set`. `min`, `max` et `label` peuvent être des fonctions, relues
 * à chaque dessin ; `format` écrit la valeur pour l'œil et pour l'oreille.
 */
export function slider(view, { key, label, min, max, step, format = decimal, get, set }) {
  const read = get ?? (() => view.model.get(key));
  const write = set ?? ((value) => view.set({ [key]: value }));
  const now = (option) => (typeof option === "function" ? option() : option);
  const id = newId();
  const caption = html("label", { for: id });
  const value = html("output", { for: id, "aria-live": "off" });
  const input = html("input", { id, type: "range", step, input: () => write(Number(input.value)) });
  view.onRefresh(() => {
    input.min = now(min);
    input.max = now(max);
    input.value = read();
    input.setAttribute("aria-valuetext", format(read()));
    caption.replaceChildren(...[now(label)].flat());
    value.replaceChildren(format(read()));
  });
  return html("div", { class: "rnn-slider" }, caption, input, value);
}

/** Un curseur entier entre deux boutons « Précédent » et « Suivant ». */
export function stepper(view, { label, min, max, format = String, get, set }) {
  const last = () => (typeof max === "function" ? max() : max);
  return html(
    "div",
    { class: "rnn-stepper" },
    button("Précédent", () => set(get() - 1), { view, enabled: () => get() > min }),
    slider(view, { label, min, max, step: 1, format, get, set }),
    button("Suivant", () => set(get() + 1), { view, enabled: () => get() < last() }),
  );
}

/** Un choix entre quelques possibilités, lié au trait `key`. `options` : suite de [valeur, texte]. */
export function choice(view, { key, label, options }) {
  const name = newId();
  const inputs = options.map(([value]) =>
    html("input", { type: "radio", name, change: () => view.set({ [key]: value }) }),
  );
  view.onRefresh(() => options.forEach(([value], i) => (inputs[i].checked = view.model.get(key) === value)));
  return html(
    "fieldset",
    { class: "rnn-choice" },
    html("legend", {}, label),
    html("div", {}, options.map(([, text], i) => html("label", {}, inputs[i], html("span", {}, text)))),
  );
}

/**
 * Un champ de texte lié au trait `key`. `check(texte)` renvoie un message si le texte ne convient pas : il est
 * alors montré, et le modèle garde la dernière valeur juste.
 */
export function textField(view, { key, label, help, check, ...attributes }) {
  const [id, helpId, errorId] = [newId(), newId(), newId()];
  const error = html("p", { id: errorId, class: "rnn-error", role: "alert" });
  const input = html("input", {
    id,
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": `${helpId} ${errorId}`,
    input() {
      const message = check(input.value);
      show(message);
      if (!message) view.set({ [key]: input.value });
    },
    ...attributes,
  });
  const show = (message) => {
    input.setAttribute("aria-invalid", String(Boolean(message)));
    error.replaceChildren(message);
  };
  view.onRefresh((reset) => {
    if (!reset && (input.matches(":focus") || input.value === view.model.get(key))) return;
    input.value = view.model.get(key);
    show("");
  });
  return html(
    "div",
    { class: "rnn-text" },
    html("label", { for: id }, label),
    input,
    html("p", { id: helpId, class: "rnn-help" }, help),
    error,
  );
}
