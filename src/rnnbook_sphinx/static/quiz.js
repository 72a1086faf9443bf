// Quiz : vérifier une question, expliquer chaque réponse choisie, annoncer quand tout est juste.
// La page contient déjà les champs et les explications ; sans ce script, les réponses se lisent dessous.
(() => {
  "use strict";

  /** Branche une question ; `onSolved` est appelée quand la réponse est juste. */
  function enhance(question, onSolved) {
    const inputs = [...question.querySelectorAll(".rnn-reponse input")];
    const button = question.querySelector(".rnn-bouton");
    const status = question.querySelector(".rnn-retour");
    const answers = question.querySelector(".rnn-reponses");
    button.hidden = false;
    answers.hidden = true;

    function clear() {
      for (const input of inputs) delete input.closest(".rnn-reponse").dataset.verdict;
      status.replaceChildren();
    }

    for (const input of inputs) input.addEventListener("change", clear);

    button.addEventListener("click", () => {
      clear();
      const chosen = inputs.filter((input) => input.checked);
      if (chosen.length === 0) {
        status.append(paragraph("Choisissez d’abord une réponse."));
        return;
      }
      const wrong = chosen.filter((input) => input.dataset.juste !== "oui");
      const missing = inputs.filter((input) => !input.checked && input.dataset.juste === "oui");
      for (const input of chosen) {
        input.closest(".rnn-reponse").dataset.verdict = input.dataset.juste === "oui" ? "juste" : "faux";
        status.append(explanation(question, input, chosen.length > 1));
      }
      if (wrong.length === 0 && missing.length === 0) {
        answers.hidden = false;
        onSolved();
      } else if (inputs[0].type === "radio") {
        status.append(paragraph("Essayez une autre réponse."));
      } else {
        if (wrong.length > 0) status.append(paragraph("Décochez ce qui est faux."));
        if (missing.length > 1) status.append(paragraph("Il manque des réponses justes."));
        if (missing.length === 1) status.append(paragraph("Il manque une réponse juste."));
      }
    });
  }

  /** Copie l'explication d'une réponse, précédée de son texte si plusieurs ont été choisies. */
  function explanation(question, input, named) {
    const block = document.createElement("div");
    block.dataset.verdict = input.dataset.juste === "oui" ? "juste" : "faux";
    const source = question.querySelector(`[data-reponse="${input.id}"]`);
    if (named) block.append(source.previousElementSibling.cloneNode(true));
    for (const child of source.children) block.append(child.cloneNode(true));
    return block;
  }

  function paragraph(text) {
    const element = document.createElement("p");
    element.textContent = text;
    return element;
  }

  for (const quiz of document.querySelectorAll(".rnn-quiz")) {
    const questions = [...quiz.querySelectorAll(".rnn-question")];
    const solved = new Set();
    for (const question of questions) {
      enhance(question, () => {
        solved.add(question);
        if (solved.size === questions.length) {
          document.dispatchEvent(new CustomEvent("rnnbook:fait", { detail: { id: quiz.id } }));
        }
      });
    }
  }
})();
