// Le nom d'une réponse de quiz, d'un titre, d'un en-tête de tableau ou d'un lien se calcule sur son texte, et les
// navigateurs n'y comptent pas les formules : « W_xh au-dessus de W_hh » deviendrait « au-dessus de ». On y lit
// donc la formule en français. Ailleurs, le lecteur d'écran parcourt lui-même le MathML.
(() => {
  "use strict";

  const NAMED = ":is(label, legend, h1, h2, h3, h4, th, summary, caption, a[href]) mjx-assistive-mml math";

  const WORDS = {
    "=": "égale",
    "≠": "différent de",
    "≈": "environ",
    "−": "moins",
    "-": "moins",
    "+": "plus",
    "±": "plus ou moins",
    "×": "fois",
    "⋅": "fois",
    "⊙": "fois terme à terme",
    "/": "sur",
    "∣": "sachant",
    "|": "barre",
    "∥": "norme",
    "<": "inférieur à",
    ">": "supérieur à",
    "≤": "inférieur ou égal à",
    "≥": "supérieur ou égal à",
    "∈": "dans",
    "→": "vers",
    "∂": "d rond",
    "∑": "somme",
    "∏": "produit",
    "∞": "infini",
    "∇": "nabla",
    "⊤": "transposée",
    "′": "prime",
    "^": "chapeau",
    "~": "tilde",
    "¯": "barre",
    "―": "barre",
  };

  // Ce que l'on dit avant le deuxième et le troisième morceau d'une notation ; un tableau vide : rien de plus.
  const BETWEEN = {
    msub: ["indice"],
    msup: ["exposant"],
    msubsup: ["indice", "exposant"],
    mfrac: ["sur"],
    mroot: ["racine d’indice"],
    munder: ["sous lequel"],
    munderover: ["de", "à"],
    mover: [""],
  };

  /** Lit un élément MathML : « h indice t moins 1 ». */
  function read(node) {
    if (node.matches("mi, mn, mo, mtext, ms")) {
      // NFKC ramène les lettres mathématiques (𝑡, ℒ) aux lettres ordinaires ; les opérateurs invisibles se taisent.
      const text = node.textContent.replace(/[\u2061-\u2064]/g, "").normalize("NFKC").trim();
      return WORDS[node.textContent.trim()] ?? WORDS[text] ?? text;
    }
    // La virgule d'un nombre, écrite {,} en TeX, est seule dans son groupe.
    if (node.localName === "mrow" && node.textContent === ",") return "virgule";
    const parts = [...node.children].map(read);
    const between = BETWEEN[node.localName];
    if (between) return parts.flatMap((part, i) => (i === 0 ? [part] : [between[i - 1], part])).filter(Boolean).join(" ");
    const text = parts.filter(Boolean).join(" ");
    return node.localName === "msqrt" ? `racine de ${text}` : text;
  }

  window.addEventListener("load", () => {
    window.MathJax?.startup?.promise?.then(() => {
      for (const formula of document.querySelectorAll(NAMED)) formula.setAttribute("aria-label", read(formula));
    });
  });
})();
