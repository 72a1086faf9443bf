// Choisit le mode clair ou sombre avant que la page ne s'affiche, pour qu'elle ne change pas de couleur sous les yeux.
(() => {
  const racine = document.documentElement;
  let mode = null;
  try {
    mode = localStorage.getItem("mode");
  } catch {
    // Stockage refusé par le navigateur : le mode suit le système.
  }
  racine.dataset.mode = mode || "auto";
  const sombre = matchMedia("(prefers-color-scheme: dark)").matches;
  racine.dataset.theme = mode === "light" || mode === "dark" ? mode : sombre ? "dark" : "light";
})();
