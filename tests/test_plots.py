"""L'identité visuelle : contrastes mesurés, virgules, étiquettes en face de leurs cases."""

import io

import matplotlib as mpl
import numpy as np
import pytest

from rnnbook import plots

mpl.use("Agg")


def luminance(color: str) -> float:
    """Luminance relative d'une couleur `#rrggbb` (WCAG 2.1)."""
    channels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["clair", "sombre"])
@pytest.mark.parametrize("name", ["ink", "muted", "blue", "orange", "green", "purple", "gold"])
def test_text_colours_are_readable(name, mode):
    # 4,5 est le seuil des textes : ces couleurs écrivent aussi les étiquettes des schémas.
    assert contrast(plots.PALETTE[name][mode], plots.PALETTE["paper"][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["clair", "sombre"])
@pytest.mark.parametrize("name", ["soft-blue", "soft-orange", "soft-green", "soft-purple"])
def test_ink_is_readable_on_soft_colours(name, mode):
    assert contrast(plots.PALETTE["ink"][mode], plots.PALETTE[name][mode]) >= 7


def test_palette_colours_are_distinct_so_that_the_book_can_map_them_back():
    light = [color for color, _ in plots.PALETTE.values()]
    assert len(set(light)) == len(light)


def test_ticks_have_decimal_commas():
    figure, ax = plots.axes()
    ax.plot([0.0, 0.5], [0.0, 0.25])
    figure.canvas.draw()
    labels = [label.get_text() for label in [*ax.get_xticklabels(), *ax.get_yticklabels()]]
    assert any("," in label for label in labels)
    assert not any("." in label for label in labels)


def test_names_and_dates_keep_their_own_labels():
    figure, (names, dates) = plots.axes(2)
    names.bar(["petit", "grand"], [1.0, 2.0])
    dates.plot(np.arange("2011-01-01", "2013-01-01", dtype="datetime64[D]"), np.arange(731))
    figure.canvas.draw()
    assert [label.get_text() for label in names.get_xticklabels()] == ["petit", "grand"]
    assert "2012-01" in [label.get_text() for label in dates.get_xticklabels()]


def test_heatmap_labels_sit_on_their_cells():
    _, ax = plots.axes()
    plots.heatmap(ax, np.eye(3), ["a", "b", "c"], ["x", "y", "z"], digits=1)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert list(ax.get_xticks()) == [0, 1, 2]
    assert {text.get_text() for text in ax.texts} == {"0,0", "1,0"}


def test_heatmap_refuses_labels_that_do_not_fit():
    _, ax = plots.axes()
    with pytest.raises(ValueError, match=r"values : forme \(2, 2\) reçue, \(3, 2\) attendue"):
        plots.heatmap(ax, np.eye(2), ["a", "b", "c"], ["x", "y"])


def test_same_figure_same_svg():
    def draw() -> bytes:
        with mpl.rc_context(plots.STYLE):
            figure, ax = plots.axes()
            ax.plot([1, 2, 3])
            buffer = io.BytesIO()
            figure.savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()

    assert draw() == draw()
