// Progression du lecteur : ce qu'il coche reste dans son navigateur, s'efface et s'exporte.
// Identifiants : l'étiquette d'un exercice (« cellule-1 ») ou d'un quiz (« quiz-03-cellule »).
(() => {
  "use strict";

  const KEY = "rnnbook-progression";
  const listeners = [];
  let persistent = true;
  let done = read();

  /** Objet « identifiant → date » si `text` est une progression bien formée, sinon une erreur. */
  function parse(text) {
    const data = JSON.parse(text);
    const entries = Object.entries(data?.faits ?? {});
    const good = ([id, date]) => /^[\w-]{1,80}$/.test(id) && /^\d{4}-\d\d-\d\d$/.test(date);
    if (data?.version !== 1 || typeof data.faits !== "object" || !entries.every(good)) {
      throw new Error("progression mal formée");
    }
    return new Map(entries);
  }

  function stringify() {
    return JSON.stringify({ version: 1, faits: Object.fromEntries(done) }, null, 1);
  }

  function read() {
    try {
      return parse(localStorage.getItem(KEY) ?? '{"version":1,"faits":{}}');
    } catch (error) {
      persistent = !(error instanceof DOMException);
      return new Map();
    }
  }

  function write() {
    try {
      localStorage.setItem(KEY, stringify());
    } catch {
      persistent = false; // stockage refusé ou plein : la page garde l'état jusqu'à sa fermeture
    }
    for (const listener of listeners) listener();
  }

  function set(id, value) {
    if (value) done.set(id, new Date().toISOString().slice(0, 10));
    else done.delete(id);
    write();
  }

  function element(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  /** Case « Fait » ; `what` complète son nom pour un lecteur d'écran, qui seul le lit si `bare`. */
  function checkbox(id, what, bare = false) {
    const input = element("input", { type: "checkbox", autocomplete: "off" });
    const name = element("span", { class: "rnn-invisible" }, `${bare ? "Fait" : ""} : ${what}`);
    input.addEventListener("change", () => set(id, input.checked));
    const show = () => {
      input.checked = done.has(id);
    };
    listeners.push(show);
    show();
    return element("label", { class: "rnn-fait" }, input, bare ? "" : " Fait", name);
  }

  function button(text, action) {
    const node = element("button", { type: "button", class: "rnn-bouton" }, text);
    node.addEventListener("click", action);
    return node;
  }

  function titleOf(block) {
    return block.querySelector(".admonition-title, .rnn-quiz-titre").textContent.trim();
  }

  /** Barre de progression, exporter, importer, effacer. */
  function panel(place, ids) {
    const text = element("p", { id: "rnn-bilan" });
    const bar = element("progress", { max: ids.length, "aria-labelledby": "rnn-bilan" });
    const status = element("p", { role: "status" });
    const file = element("input", { type: "file", accept: ".json,application/json", class: "rnn-invisible" });
    file.setAttribute("aria-label", "Fichier de progression à importer");
    file.tabIndex = -1;

    const show = () => {
      const count = ids.filter((id) => done.has(id)).length;
      bar.value = count;
      text.textContent = `${count} ${count > 1 ? "faits" : "fait"} sur ${ids.length} exercices et quiz.`;
      if (!persistent) text.textContent += " Votre navigateur ne permet pas de les garder : exportez avant de fermer.";
    };

    file.addEventListener("change", async () => {
      try {
        const read = parse(await file.files[0].text());
        done = new Map([...done, ...read]);
        write();
        const lines = read.size > 1 ? `${read.size} lignes ajoutées` : `${read.size} ligne ajoutée`;
        status.textContent = `Progression importée : ${lines} à la vôtre.`;
      } catch {
        status.textContent = "Ce fichier n’est pas une progression exportée d’ici. Rien n’a changé.";
      }
      file.value = "";
    });

    const save = () => {
      const url = URL.createObjectURL(new Blob([stringify()], { type: "application/json" }));
      element("a", { href: url, download: "progression-rnnbook.json" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
      status.textContent = "Progression exportée dans progression-rnnbook.json.";
    };

    const erase = () => {
      if (!confirm("Effacer toute votre progression de ce navigateur ?")) return;
      done = new Map();
      write();
      status.textContent = "Progression effacée.";
    };

    listeners.push(show);
    show();
    place.replaceChildren(
      text,
      bar,
      element(
        "p",
        { class: "rnn-commandes" },
        button("Exporter", save),
        button("Importer", () => file.click()),
        button("Effacer ma progression", erase),
        file,
      ),
      status,
    );
  }

  /** Menu déroulant de filtre ; `options` : paires (valeur, texte). */
  function select(label, options, action) {
    const node = element("select", {});
    for (const [value, text] of options) node.append(element("option", { value }, text));
    node.addEventListener("change", action);
    return [node, element("label", { class: "rnn-filtre" }, `${label} `, node)];
  }

  /** Ajoute aux tableaux de l'index une colonne « Fait », et des filtres au-dessus. */
  function index(place) {
    const rows = [];
    for (const table of document.querySelectorAll("table.rnn-exercices")) {
      table.tHead.rows[0].append(element("th", { class: "head", scope: "col" }, "Fait"));
      for (const row of table.tBodies[0].rows) {
        const link = row.querySelector("a");
        const id = decodeURIComponent(link.hash.slice(1));
        row.append(element("td", {}, checkbox(id, link.textContent, true)));
        rows.push({ row, id });
      }
    }
    const all = ["", "tous"];
    const kinds = [all, ["main", "à la main"], ["code", "à programmer"], ["experience", "à expérimenter"], ["quiz", "quiz"]];
    const levels = [all, ["1", "1"], ["2", "2"], ["3", "3"]];
    const states = [all, ["non", "à faire"], ["oui", "faits"]];
    const filter = () => {
      for (const { row, id } of rows) {
        row.hidden = !(
          (!kind.value || row.classList.contains(`genre-${kind.value}`)) &&
          (!level.value || row.classList.contains(`niveau-${level.value}`)) &&
          (!state.value || done.has(id) === (state.value === "oui"))
        );
      }
      for (const group of document.querySelectorAll(".rnn-groupe")) {
        group.hidden = !group.querySelector("tbody tr:not([hidden])");
      }
      const shown = rows.filter(({ row }) => !row.hidden).length;
      count.textContent = `${shown} ${shown > 1 ? "lignes affichées" : "ligne affichée"}.`;
    };
    const [kind, kindLabel] = select("Genre", kinds, filter);
    const [level, levelLabel] = select("Niveau", levels, filter);
    const [state, stateLabel] = select("État", states, filter);
    const count = element("p", { role: "status", class: "rnn-invisible" });
    panel(place, rows.map(({ id }) => id));
    place.append(element("div", { class: "rnn-commandes" }, kindLabel, levelLabel, stateLabel), count);
  }

  for (const exercise of document.querySelectorAll("div.exercise[id]")) {
    exercise.querySelector(".rnn-badges")?.append(checkbox(exercise.id, titleOf(exercise)));
  }
  for (const quiz of document.querySelectorAll(".rnn-quiz[id]")) {
    quiz.querySelector(".rnn-quiz-titre").after(element("p", {}, checkbox(quiz.id, titleOf(quiz))));
  }
  for (const place of document.querySelectorAll(".rnn-progression")) index(place);

  // Le thème rend les blocs qui défilent accessibles au clavier au chargement, quand les solutions sont repliées.
  const scrolling = new ResizeObserver((entries) => {
    for (const { target } of entries) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  });
  for (const code of document.querySelectorAll(".solution pre")) scrolling.observe(code);

  // Un lien peut viser une cellule d'une solution repliée : on ouvre d'abord la solution.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target?.closest(".toggle-hidden");
    if (!folded) return;
    folded.querySelector(".toggle-button").click();
    target.scrollIntoView();
  };
  window.addEventListener("load", reveal);
  window.addEventListener("hashchange", reveal);

  document.addEventListener("rnnbook:fait", (event) => set(event.detail.id, true));
  window.addEventListener("storage", (event) => {
    if (event.key !== KEY && event.key !== null) return;
    done = read();
    for (const listener of listeners) listener();
  });
})();
