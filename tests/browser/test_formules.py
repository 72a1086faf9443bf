"""Les formules à l'oreille : un MathML que l'on parcourt, et des noms qui ne sautent pas les symboles."""

from conftest import BOOK

ROLES = {"heading", "columnheader", "rowheader", "radio", "checkbox", "link", "button", "slider", "textbox"}


def accessibility_tree(page):
    """Ce que le navigateur donne aux lecteurs d'écran, formules composées : paires (rôle, nom)."""
    page.evaluate("window.MathJax?.startup?.promise.then(() => true)")
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", "").strip())
        for node in nodes
        if not node["ignored"]
    ]


def test_everything_that_needs_a_name_has_one(visit, book_page):
    page = visit(BOOK, book_page).page
    found = accessibility_tree(page)
    assert any(role == "heading" for role, _ in found)
    assert [role for role, name in found if role in ROLES and not name] == []
    # Une formule sans nom disparaît du nom de ce qui la contient.
    silent = ":is(label, legend, h1, h2, h3, h4, th, a[href]) math:not([aria-label])"
    assert page.locator(silent).count() == 0


def test_a_formula_is_walked_through_and_said(visit):
    found = accessibility_tree(visit(BOOK, "book/03-cellule.html").page)
    roles = [role for role, _ in found]
    assert {"MathMLMath", "MathMLSub", "MathMLIdentifier", "MathMLSquareRoot"} <= set(roles)
    answers = [name for role, name in found if role == "radio"]
    assert "W indice x h au-dessus de W indice h h" in answers
    assert "Il augmente de 990 fois n , un biais par pas." in answers
    boxes = [name for role, name in found if role == "checkbox"]
    assert "Tirer des poids centrés sur 0, d’échelle 1 sur racine de n ." in boxes


def test_a_decimal_comma_is_said(visit):
    found = accessibility_tree(visit(BOOK, "book/09-lstm.html").page)
    assert "Elle vaut σ ( 1 ) environ 0 virgule 73 ." in [name for role, name in found if role == "radio"]
