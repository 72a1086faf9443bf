"""Le mécanisme des figures : trois visages, paquetage du JavaScript, extension Sphinx.

Ce que chaque figure calcule est vérifié dans `test_widget_<module>.py`, ce qu'elle montre dans `browser/`.
"""

import json
import re
import subprocess
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import figure_tools
import numpy as np
import pytest
import traitlets

from rnnbook.plots import PALETTE
from rnnbook.widgets import FIGURES, Figure, Unrolled, bundle, drawing, traits
from rnnbook_sphinx.widgets import module_files

SCRIPTS = ["src/rnnbook/widgets/js", "src/rnnbook_sphinx/static", "tests/js"]

SVG = "{http://www.w3.org/2000/svg}"

every_figure = pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)


class Divs(HTMLParser):
    """Retient les attributs des `<div>` d'un morceau de page."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "div":
            self.found.append(dict(attrs))


def faces(figure):
    data, _ = figure()._repr_mimebundle_()
    return data


# Trois visages


@every_figure
def test_bundle_holds_three_faces(figure):
    data = faces(figure)
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "image/svg+xml", "text/plain"} <= set(
        data
    )
    assert data["text/plain"].startswith(f"{figure.__name__} : ")


@every_figure
def test_html_face_carries_the_whole_state(figure):
    (div,) = Divs(faces(figure)["text/html"]).found
    assert div["class"] == "rnn-figure"
    assert div["data-figure"] == figure.module
    assert json.loads(div["data-state"]) == figure().state()
    assert figure().state()


@every_figure
def test_html_face_needs_no_script_of_its_own(figure):
    text = faces(figure)["text/html"]
    assert "<script" not in text
    assert " style=" not in text
    assert not re.search(r"""(src|href)=|url\(|\bon\w+=""", text)


@every_figure
def test_still_image_is_a_labelled_svg_in_the_book_colours(figure):
    root = ET.fromstring(faces(figure)["image/svg+xml"])
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert len(root.get("aria-label")) > 20
    light = {pair[0] for pair in PALETTE.values()}
    colors = {node.get(key) for node in root.iter() for key in ("fill", "stroke")} - {None, "none"}
    assert colors <= light


@every_figure
def test_still_image_is_short(figure):
    assert len(figure().draw()) < 40_000


@every_figure
def test_describe_and_draw_follow_the_state(figure):
    assert figure().describe() in faces(figure)["text/html"].replace("&#x27;", "'").replace("&quot;", '"')


# Dans le livre


def displayed(page):
    """Les classes de figures qu'une page montre, en dernière ligne d'une cellule."""
    return set(re.findall(r"^(\w+)\([^\n]*\)\n```$", page.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_figure_is_in_a_chapter_and_in_the_laboratory():
    book = figure_tools.ROOT / "book"
    names = {figure.__name__ for figure in FIGURES}
    chapters = set().union(*(displayed(page) for page in book.glob("[0-9][0-9]-*.md")))
    assert names - chapters == set()
    assert displayed(book / "laboratoire.md") == names
    assert len(displayed(book / "index.md") & names) == 1


# JavaScript


@every_figure
def test_script_of_a_figure_is_small(figure):
    assert (bundle.FOLDER / f"{figure.module}.js").stat().st_size < 15_000


def test_shared_script_is_small():
    assert (bundle.FOLDER / "commun.js").stat().st_size < 15_000


@every_figure
def test_both_bundles_export_what_the_module_exports(figure, tmp_path):
    """Le paquetage lit le JavaScript par motifs : node dit s'il a trouvé les mêmes exports que le langage."""
    modules = bundle.closure(figure.module)
    (tmp_path / "esm.mjs").write_text(bundle.esm(figure.module), encoding="utf-8")
    classic = "".join(bundle.classic(module) for module in modules)
    (tmp_path / "classic.cjs").write_text(
        "const made = {}; globalThis.rnnbook = { define: (name, factory) => (made[name] = factory(made)) };"
        f"{classic} module.exports = made;",
        encoding="utf-8",
    )
    natives = {module.name: (bundle.FOLDER / f"{module.name}.js").as_uri() for module in modules}
    (tmp_path / "compare.mjs").write_text(
        f"""
        import made from "./classic.cjs";
        import live from "./esm.mjs";
        const names = (exports) => Object.keys(exports).filter((name) => name !== "default").sort().join();
        for (const [name, url] of Object.entries({json.dumps(natives)})) {{
          if (names(made[name]) !== names(await import(url))) throw new Error(name);
        }}
        if (typeof live.render !== "function") throw new Error("render");
        """,
        encoding="utf-8",
    )
    done = subprocess.run(
        [figure_tools.need_node(), tmp_path / "compare.mjs"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_unit_tests_of_the_scripts_pass():
    done = subprocess.run(
        [figure_tools.need_node(), "--test"], cwd=figure_tools.JS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"^# pass (\d+)", done.stdout, re.MULTILINE)[1]) > 0


def test_scripts_follow_the_rules():
    eslint = figure_tools.need_npm_package("eslint/bin/eslint.js")
    done = subprocess.run(
        [
            figure_tools.need_node(),
            eslint,
            "--max-warnings=0",
            "--config",
            "tests/js/eslint.config.js",
            *SCRIPTS,
        ],
        cwd=figure_tools.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_parse_separates_imports_exports_and_body():
    module = bundle.parse(
        "essai",
        '// En-tête.\nimport { a, b } from "./commun.js";\n\nexport const PI = 3;\n'
        "export function render() { return a(b); }\n\nexport default { render };\n",
    )
    assert module.imports == {"commun": ("a", "b")}
    assert module.exports == ("PI", "render")
    assert module.body == "// En-tête.\n\n\nconst PI = 3;\nfunction render() { return a(b); }"
    assert "const { a, b } = $modules.commun;" in module.factory
    assert module.factory.endswith("return { PI, render };\n}")


@pytest.mark.parametrize(
    "line",
    [
        'import commun from "./commun.js";',
        'import * as commun from "./commun.js";',
        'import { a as b } from "./commun.js";',
        'import { a } from "https://exemple.fr/a.js";',
        'import { a } from "./commun.js"',
        'import "./commun.js";',
        "export { a };",
        'export * from "./commun.js";',
        "export let a = 1;",
        "export async function a() {}",
        "export default function () {}",
    ],
)
def test_parse_refuses_other_forms(line):
    with pytest.raises(ValueError, match=r"essai\.js : .* ne suit pas les conventions"):
        bundle.parse("essai", f"{line}\n")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('const x = 1;\nimport { a } from "./commun.js";\n', "doit précéder le reste du code"),
        ('import { a } from "./commun.js";\nimport { b } from "./commun.js";\n', "importé deux fois"),
        ("export function render() {}\n", "finit par"),
        ("export default { render };\n", "finit par"),
    ],
)
def test_parse_refuses_misplaced_lines(source, message):
    with pytest.raises(ValueError, match=message):
        bundle.parse("essai", source)


@pytest.mark.parametrize("name", ["Essai", "es-sai", "1a", "a b"])
def test_parse_refuses_names_that_are_not_identifiers(name):
    with pytest.raises(ValueError, match="name : "):
        bundle.parse(name, "")


def write_modules(folder, **sources):
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")


def test_closure_puts_a_module_after_those_it_needs(tmp_path):
    write_modules(
        tmp_path,
        base="export const one = 1;\n",
        left='import { one } from "./base.js";\nexport const two = one + one;\n',
        right='import { one } from "./base.js";\nexport const three = one + 2;\n',
        top='import { two } from "./left.js";\nimport { three } from "./right.js";\n',
    )
    names = [module.name for module in bundle.closure("top", tmp_path)]
    assert sorted(names) == ["base", "left", "right", "top"]
    assert names[0] == "base"
    assert names[-1] == "top"


def test_closure_refuses_missing_modules_missing_names_and_circles(tmp_path):
    write_modules(
        tmp_path,
        here='import { absent } from "./there.js";\n',
        there="export const present = 1;\n",
        lost='import { a } from "./nowhere.js";\n',
        heads='import { tails } from "./tails.js";\nexport const heads = 1;\n',
        tails='import { heads } from "./heads.js";\nexport const tails = 1;\n',
    )
    with pytest.raises(ValueError, match=r"there\.js n'exporte pas absent"):
        bundle.closure("here", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"nowhere\.js"):
        bundle.closure("lost", tmp_path)
    with pytest.raises(ValueError, match="heads → tails → heads"):
        bundle.closure("heads", tmp_path)


def test_css_defines_every_colour_used(tmp_path):
    text = bundle.css()
    sources = text + "".join(path.read_text(encoding="utf-8") for path in bundle.FOLDER.glob("*.js"))
    used = set(re.findall(r"var\(--rnn-([\w-]+)\)", sources))
    assert used
    assert used <= set(PALETTE)
    for name, (light, dark) in PALETTE.items():
        assert f"--rnn-{name}:{light};" in text
        assert f"--rnn-{name}:{dark};" in text


# Base Python


def test_state_leaves_out_what_anywidget_adds():
    class Tiny(Figure):
        module = "deroule"
        level = traits.Number(0, 1, 0.5)
        private = traitlets.Float(1.0)

    assert Tiny(level=1).state() == {"level": 1.0}


def test_figure_without_drawing_says_so():
    class Bare(Figure):
        module = "deroule"

    with pytest.raises(NotImplementedError, match="Bare n'a pas de méthode describe"):
        Bare().describe()
    with pytest.raises(NotImplementedError, match="Bare n'a pas de méthode draw"):
        Bare().draw()


class Sample(Figure):
    module = "deroule"
    number = traits.Number(-1, 1, 0.0)
    integer = traits.Integer(1, 2)
    flag = traits.Flag(False)
    choice = traits.Choice(("a", "b"), "a")
    text = traits.Text("")
    array = traits.Array("n", "n", default=[[1.0]])


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("number", 2, ValueError),
        ("number", float("nan"), ValueError),
        ("number", "1", TypeError),
        ("integer", 0, ValueError),
        ("integer", 1.5, TypeError),
        ("flag", 1, TypeError),
        ("choice", "c", ValueError),
        ("text", 3, TypeError),
        ("array", [[1, 2]], ValueError),
        ("array", [[float("inf")]], ValueError),
        ("array", [["a"]], TypeError),
        ("array", [[1, 2], [3]], TypeError),
    ],
)
def test_traits_refuse_bad_values_in_french(name, value, error):
    sample = Sample()
    with pytest.raises(error, match=rf"^{name} : "):
        setattr(sample, name, value)


def test_traits_keep_good_values():
    numbers = {"number": np.float64(0.5), "integer": np.int64(3), "array": np.eye(2)}
    sample = Sample(**numbers, flag=True, choice="b", text="é")
    expected = {"number": 0.5, "integer": 3, "array": [[1.0, 0.0], [0.0, 1.0]]}
    assert sample.state() == {**expected, "flag": True, "choice": "b", "text": "é"}
    assert json.loads(json.dumps(sample.state())) == sample.state()


def test_default_array_belongs_to_one_figure():
    first, second = Sample(), Sample()
    first.array[0][0] = 5.0
    assert second.array == [[1.0]]


# Dessin


def test_standalone_image_has_plain_colours():
    line = drawing.element("line", stroke=drawing.color("blue"), stroke_width=2)
    assert line == f'<line stroke="var(--rnn-blue, {PALETTE["blue"][0]})" stroke-width="2"></line>'
    assert drawing.standalone(line) == f'<line stroke="{PALETTE["blue"][0]}" stroke-width="2"></line>'


def test_text_is_escaped_and_lowers_its_index():
    text = ET.fromstring(drawing.text(1, 2, "W_hh < 1"))
    assert "".join(text.itertext()) == "Whh < 1"
    assert [(node.get("dy"), node.text) for node in text] == [("0.3em", "hh"), ("-0.225em", " < 1")]


def test_drawing_refuses_unknown_colours_and_silent_images():
    with pytest.raises(ValueError, match="name : 'red' reçu"):
        drawing.color("red")
    with pytest.raises(ValueError, match="label : "):
        drawing.document(10, 10, " ")


# Extension Sphinx


def test_module_files_start_with_the_host_and_name_each_module_once():
    assert module_files(["deroule", "deroule"]) == [
        "figures/hote.js", "figures/commun.js", "figures/deroule.js",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    return figure_tools.build_site(folder, {"avec": [Unrolled, Unrolled], "sans": []})


def test_only_pages_with_a_figure_load_scripts(site):
    with_figure = (site / "avec.html").read_text(encoding="utf-8")
    without = (site / "sans.html").read_text(encoding="utf-8")
    scripts = re.findall(
        r'<script (?=[^>]*defer)[^>]*src="_static/rnnbook/figures/(\w+\.js)\?v=\w+"', with_figure
    )
    assert scripts == ["hote.js", "commun.js", "deroule.js"]
    assert 'href="_static/rnnbook/figures/figure.css?v=' in with_figure
    assert "rnnbook/figures" not in without


def test_page_has_captioned_figures_and_no_widget_state(site):
    text = (site / "avec.html").read_text(encoding="utf-8")
    assert text.count('<div class="rnn-figure"') == 2
    assert (
        len(
            re.findall(
                r"<figure\b.*?<div class=\"rnn-figure\".*?<figcaption>.*?Légende \d\..*?</figure>", text, re.S
            )
        )
        == 2
    )
    assert "application/vnd.jupyter" not in text
    assert "état-du-widget" not in text
    assert "require" not in text


def test_latex_takes_the_still_image(tmp_path):
    out = figure_tools.build_site(tmp_path, {"avec": [Unrolled]}, builder="latex")
    (image,) = out.glob("*.svg")
    assert image.read_text(encoding="utf-8").startswith("<svg xmlns")
    assert f"{{{image.stem}}}" in (out / "atelier.tex").read_text(encoding="utf-8")
