/* global Search */
// Ce qu'une page du livre fait de plus que le thème : imprimer, et laisser défiler au clavier.
(() => {
  const racine = document.documentElement;

  document.querySelectorAll('[data-rnn-action="imprimer"]').forEach((bouton) => {
    bouton.addEventListener("click", () => window.print());
  });

  // On imprime toujours en clair : le navigateur n'imprime pas les fonds sombres.
  let theme;
  window.addEventListener("beforeprint", () => {
    theme = racine.dataset.theme;
    racine.dataset.theme = "light";
  });
  window.addEventListener("afterprint", () => {
    racine.dataset.theme = theme;
  });

  // Le bouton des encadrés repliés, créé par sphinx-togglebutton, n'a de nom qu'en anglais.
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".toggle-button").forEach((bouton) => {
      bouton.setAttribute("aria-label", `Afficher ou masquer : ${bouton.parentElement.textContent.trim()}`);
    });
  });

  // Ouverte comme fichier, une page ne peut pas en lire une autre : la recherche s'y passe d'extraits.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // Un extrait commence au texte de la page, pas à ses boutons.
  if (typeof Search !== "undefined") {
    const lire = Search.htmlToText;
    Search.htmlToText = (page, ancre) => lire(page.replace(/<div class="bd-header-article[^]*?(?=<article)/, ""), ancre);
  }

  // Le thème rend focalisables les blocs de code trop larges ; les équations et les sorties en ont besoin aussi.
  const larges = document.querySelectorAll(".bd-article :is(.math, .output)");
  const focaliser = (bloc) => {
    if (bloc.scrollWidth > bloc.clientWidth + 1) bloc.tabIndex = 0;
    else bloc.removeAttribute("tabindex");
  };
  const veille = new ResizeObserver((blocs) => blocs.forEach(({ target }) => focaliser(target)));
  larges.forEach((bloc) => veille.observe(bloc));
  window.addEventListener("load", () => {
    window.MathJax?.startup?.promise?.then(() => larges.forEach(focaliser));
  });
})();
