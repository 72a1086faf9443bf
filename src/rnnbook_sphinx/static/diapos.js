// Les diapositives : chaque contenu à la taille de son cadre, puis reveal.js, en français.
// Sans ce script, le jeu se lit comme une page.
(() => {
  "use strict";

  const WIDTH = 1280;
  const HEIGHT = 720;
  const TEXT = [1, 0.92, 0.84, 0.76, 0.7];
  const DRAWING = [540, 500, 460, 420, 380, 340, 300, 260];
  const WIDTHS = [640, 780, 900, 1040, 1160];
  const LARGEST = 1.5;
  const SHOWN = "p, li, pre, td, th, svg, img, dd, fieldset, mjx-container > mjx-math, .rnn-figure";

  const LABELS = {
    "previous slide": "Diapositive précédente",
    "next slide": "Diapositive suivante",
    "above slide": "Diapositive au-dessus",
    "below slide": "Diapositive au-dessous",
  };

  /** Dit si tout ce que montre une diapositive tient dans son corps. */
  function fits(body) {
    const frame = body.getBoundingClientRect();
    for (const element of body.querySelectorAll(SHOWN)) {
      const box = element.getBoundingClientRect();
      if (box.width === 0) continue; // caché
      if (box.bottom > frame.bottom + 1 || box.right > frame.right + 1 || box.top < frame.top - 1) return false;
      if (element.localName === "pre" && element.scrollWidth > element.clientWidth + 1) return false;
    }
    // Une équation ne passe pas sous son numéro.
    for (const number of body.querySelectorAll(".eqno")) {
      const formula = number.parentElement.querySelector("mjx-container > mjx-math");
      if (formula?.getBoundingClientRect().right > number.getBoundingClientRect().left) return false;
    }
    return true;
  }

  /** Laisse une figure se redessiner à sa nouvelle largeur. */
  function redrawn() {
    return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }

  /** Donne à une figure interactive la mise en page qui se voit le plus grand dans son cadre. */
  async function enlarge(figure, body) {
    let best = { zoom: 0 };
    for (const width of WIDTHS) {
      figure.style.width = `${width}px`;
      await redrawn();
      const zoom = Math.min(body.clientHeight / figure.offsetHeight, body.clientWidth / width, LARGEST);
      if (zoom > best.zoom) best = { zoom, width };
    }
    figure.style.width = `${best.width}px`;
    figure.style.zoom = 0.98 * best.zoom;
    await redrawn();
  }

  /** Réduit les dessins, puis le texte, jusqu'à ce que la diapositive tienne dans son cadre. */
  async function fit(body) {
    const figure = body.querySelector(".rnn-figure");
    if (figure) await enlarge(figure, body);
    for (const text of TEXT) {
      for (const drawing of DRAWING) {
        body.style.setProperty("--texte", text);
        body.style.setProperty("--dessin", drawing);
        if (fits(body)) return;
      }
    }
  }

  /** Une touche frappée dans une figure, un quiz ou un repli ne change pas de diapositive. */
  function isFree(event) {
    return event.target.closest(".rnn-figure, .rnn-quiz, summary") === null;
  }

  function translate(deck) {
    for (const button of deck.querySelectorAll("[aria-label]")) {
      const label = LABELS[button.getAttribute("aria-label")];
      if (label) button.setAttribute("aria-label", label);
    }
    const resume = deck.querySelector(".resume-button");
    if (resume) resume.textContent = "Reprendre";
    // Un lecteur d'écran lit un jeu comme une page, pas comme une application.
    deck.removeAttribute("role");
    deck.querySelector("aside.controls")?.setAttribute("aria-label", "Changer de diapositive");
  }

  async function start() {
    const deck = document.querySelector(".diapos");
    await globalThis.MathJax.startup.promise;
    await document.fonts.ready;
    await Promise.all([...deck.querySelectorAll(".corps")].map(fit));
    deck.classList.add("reveal");
    await globalThis.Reveal.initialize({
      width: WIDTH,
      height: HEIGHT,
      margin: 0,
      center: false,
      hash: true,
      help: false,
      jumpToSlide: false,
      navigationMode: "linear",
      controlsTutorial: false,
      transition: "none",
      backgroundTransition: "none",
      scrollActivationWidth: null,
      pdfMaxPagesPerSlide: 1,
      keyboardCondition: isFree,
      plugins: [globalThis.RevealZoom],
      zoomKey: "shift",
    });
    translate(deck);
    // Une réponse vérifiée ajoute son explication.
    deck.addEventListener("click", (event) => {
      const body = event.target.closest(".rnn-quiz")?.closest(".corps");
      if (body) setTimeout(() => fit(body));
    });
    deck.dataset.ready = "";
  }

  document.addEventListener("DOMContentLoaded", start);
})();
