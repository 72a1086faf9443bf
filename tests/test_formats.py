"""Les nombres s'écrivent à la française."""

import pytest

from rnnbook.formats import NBSP, NNBSP, decimal, percent, scientific


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.5, 2, "0,50"),
        (12345.678, 1, f"12{NNBSP}345,7"),
        (-3.0, 0, "\u22123"),
        (1e6, 0, f"1{NNBSP}000{NNBSP}000"),
    ],
)
def test_decimal(value, digits, expected):
    assert decimal(value, digits) == expected


def test_percent_has_its_non_breaking_space():
    assert percent(0.7312) == f"73,1{NBSP}%"


def test_scientific():
    assert scientific(3.21e-7) == "3,2·10⁻⁷"
    assert scientific(-2e12, 0) == "\u22122·10¹²"
