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

  // Le thème rend focalisables les blocs de code trop larges ; les équations et les sorties en ont besoin aussi.
  const larges = ".bd-article :is(.math, .output, .rnn-defile)";
  const focaliser = () => {
    document.querySelectorAll(larges).forEach((bloc) => {
      if (bloc.scrollWidth > bloc.clientWidth + 1) bloc.tabIndex = 0;
      else bloc.removeAttribute("tabindex");
    });
  };
  window.addEventListener("load", () => {
    focaliser();
    window.MathJax?.startup?.promise?.then(focaliser);
  });
  let attente;
  window.addEventListener("resize", () => {
    clearTimeout(attente);
    attente = setTimeout(focaliser, 200);
  });
})();
