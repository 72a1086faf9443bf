"""Mesure du redessin des figures interactives : ce que coûte un cran de curseur, dans un vrai navigateur.

    python benchmarks/redraw.py            # après `make livre` ; affiche le tableau
    python benchmarks/redraw.py --dossier _build/html --pas 50

Ouvre le laboratoire du livre construit, où sont toutes les figures. Chaque curseur reçoit `--pas` valeurs,
d'un bout à l'autre puis retour. Deux durées par cran,
lues par `performance.now`, en millisecondes :

- `dessin` : poser la valeur, calculer, dessiner, puis forcer le style et la mise en page ;
- `image` : de la valeur posée à la fin de l'image que le navigateur en tire, peinture comprise.

`réglages` dit d'où part chaque curseur : de l'état d'ouverture, ou de tous les curseurs au plus grand.
La médiane et la plus longue portent sur tous les crans d'une figure. Affiche seulement : rien n'est gardé.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from rnnbook.formats import decimal

LIMIT = 16.0
"""Durée d'une image à 60 par seconde, en millisecondes."""

MEASURE = """
async ([name, steps, heavy]) => {
  const figure = document.querySelector(`.rnn-figure[data-figure="${name}"]`);
  const sliders = () => [...figure.querySelectorAll("input[type=range]")];
  const move = (slider, value) => {
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  // Un message posé pendant l'image arrive quand elle est peinte.
  const painted = () =>
    new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = done;
      port2.postMessage(null);
    });
  figure.scrollIntoView({ block: "center" });
  const times = [];
  for (let i = 0; i < sliders().length; i += 1) {
    if (heavy) sliders().forEach((slider) => move(slider, slider.max));
    await frame();
    const slider = sliders()[i];
    const [low, high] = [Number(slider.min), Number(slider.max)];
    for (let k = 0; k < steps; k += 1) {
      const way = 1 - Math.abs(1 - (2 * k) / (steps - 1));
      const value = low + (high - low) * way;
      await frame();
      const start = performance.now();
      move(slider, value);
      await null;
      figure.getBoundingClientRect();
      const drawn = performance.now();
      await painted();
      times.push([drawn - start, performance.now() - start]);
    }
  }
  return times;
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dossier", type=Path, default=Path("_build/html"), help="le livre construit")
    parser.add_argument("--pas", type=int, default=50, help="nombre de crans par curseur")
    arguments = parser.parse_args()
    page_file = arguments.dossier / "book" / "laboratoire.html"
    if not page_file.is_file():
        parser.error(f"--dossier : pas de {page_file} ; lancez `make livre`")
    print(f"{'figure':13s}{'réglages':12s}{'crans':>6s}{'dessin (ms)':>19s}{'image (ms)':>19s}")
    print(f"{'':31s}{'médiane  plus long':>19s}{'médiane  plus long':>19s}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(page_file.resolve().as_uri())
        page.wait_for_load_state("networkidle")
        names = page.eval_on_selector_all(
            ".rnn-figure[data-ready]", "list => list.map((node) => node.dataset.figure)"
        )
        for name in names:
            for heavy, settings in ((False, "ouverture"), (True, "au plus")):
                times = page.evaluate(MEASURE, [name, arguments.pas, heavy])
                cells = [f"{name:13s}{settings:12s}{len(times):6d}"]
                for values in zip(*times, strict=True):
                    mark = " *" if max(values) > LIMIT else "  "
                    cells.append(f"{decimal(median(values), 1):>9s}{decimal(max(values), 1):>8s}{mark}")
                print("".join(cells), flush=True)
            page.reload()
            page.wait_for_load_state("networkidle")
        browser.close()
    print(f"* : un cran au moins dépasse {decimal(LIMIT, 0)} ms.")


if __name__ == "__main__":
    main()
