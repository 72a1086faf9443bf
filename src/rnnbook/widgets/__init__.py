"""Les figures interactives du livre : un module par figure, nommé comme elle.

Chaque classe s'affiche en fin de cellule : sans noyau dans la page du livre, en widget vivant dans Jupyter.
`figure` en est la base ; `traits` leurs valeurs, `drawing` leur image fixe, `bundle` leur JavaScript (`js/`).
"""

from rnnbook.widgets.addressing import Addressing
from rnnbook.widgets.alignment import Alignment
from rnnbook.widgets.backpropagation import Backpropagation
from rnnbook.widgets.ball import Ball
from rnnbook.widgets.copy_machine import CopyMachine
from rnnbook.widgets.figure import Figure
from rnnbook.widgets.forecasting import Forecasting
from rnnbook.widgets.generator import Generator
from rnnbook.widgets.gradient_leak import GradientLeak
from rnnbook.widgets.gru_unit import GRUUnit
from rnnbook.widgets.guess_language import GuessLanguage
from rnnbook.widgets.lstm_unit import LSTMUnit
from rnnbook.widgets.phase import PhasePortrait
from rnnbook.widgets.two_ways import TwoWays
from rnnbook.widgets.typologies import Typologies
from rnnbook.widgets.unrolled import Unrolled

FIGURES: tuple[type[Figure], ...] = (
    Ball,
    Typologies,
    Unrolled,
    Backpropagation,
    GradientLeak,
    GuessLanguage,
    LSTMUnit,
    GRUUnit,
    TwoWays,
    PhasePortrait,
    Forecasting,
    Generator,
    Alignment,
    Addressing,
    CopyMachine,
)
"""Toutes les figures, dans l'ordre du livre."""

__all__ = [
    "FIGURES",
    "Addressing",
    "Alignment",
    "Backpropagation",
    "Ball",
    "CopyMachine",
    "Figure",
    "Forecasting",
    "GRUUnit",
    "Generator",
    "GradientLeak",
    "GuessLanguage",
    "LSTMUnit",
    "PhasePortrait",
    "TwoWays",
    "Typologies",
    "Unrolled",
]
