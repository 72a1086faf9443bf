"""Le tableau quotidien d'un cours de bourse. Chapitre 15."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from rnnbook.validation import check_size, check_type

STOCK_COLUMNS = ("open", "high", "low", "close", "adj_close", "volume")
"""Les six colonnes : prix d'ouverture, haut, bas, clôture, clôture ajustée (dollars), volume (titres)."""

_LONGEST_CLOSURE = 10
"""Jours de calendrier entre deux séances au plus ; la fermeture de septembre 2001 en compte sept."""


def load_stock(path: str | Path | None = None) -> pd.DataFrame:
    """Charge un cours quotidien : Apple de mars 2000 à mars 2013, ou un fichier CSV.

    Args:
        path: fichier CSV dont la première colonne est la date et qui a les six colonnes `STOCK_COLUMNS`.

    Returns:
        Tableau indexé par la date, croissante, aux six colonnes en nombres flottants.

    Raises:
        FileNotFoundError: le fichier n'existe pas.
        ValueError: fichier vide, pas en UTF-8, colonne absente, date illisible, en double ou dans le
            désordre, valeur manquante ou non numérique, plus de dix jours entre deux séances.
        TypeError: `path` n'est pas un chemin.
    """
    table = _apple() if path is None else _read_csv(Path(check_type("path", path, str, Path)))
    missing = [column for column in STOCK_COLUMNS if column not in table.columns]
    if missing:
        raise ValueError(
            f"path : colonne(s) absente(s) : {', '.join(missing)} ; {', '.join(STOCK_COLUMNS)} attendues"
        )
    table = table.loc[:, list(STOCK_COLUMNS)]
    try:
        table.index = pd.DatetimeIndex(pd.to_datetime(table.index, format="ISO8601"), name="date")
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"path : date illisible dans la première colonne ({error}) ; AAAA-MM-JJ attendu"
        ) from error
    table = table.apply(pd.to_numeric, errors="coerce").astype(float)
    _check(table)
    return table


def _apple() -> pd.DataFrame:
    from bokeh_sampledata.stocks import AAPL

    return pd.DataFrame(AAPL).set_index("date")


def _read_csv(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise FileNotFoundError(f"path : le fichier {str(path)!r} n'existe pas ; un fichier CSV attendu")
    try:
        table = pd.read_csv(path, index_col=0, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"path : {path.name} n'est pas en UTF-8 (octet {error.start}) ; UTF-8 attendu"
        ) from error
    except pd.errors.EmptyDataError as error:
        raise ValueError(
            f"path : {path.name} est vide ; une date et six colonnes par ligne attendues"
        ) from error
    if table.empty:
        raise ValueError(f"path : {path.name} n'a aucune ligne ; une ligne par séance attendue")
    return table


def _check(table: pd.DataFrame) -> None:
    days = table.index
    holes = table.isna()
    if holes.any(axis=None):
        day, column = next((day, column) for column in table for day in days[holes[column]])
        raise ValueError(
            f"path : valeur absente ou illisible dans {column} le {day:%Y-%m-%d} ; un nombre attendu"
        )
    steps = np.diff(days.to_numpy()) / np.timedelta64(1, "D")
    for number in np.flatnonzero((steps <= 0) | (steps > _LONGEST_CLOSURE)):
        before, after = days[number], days[number + 1]
        what = (
            "dates en double ou dans le désordre"
            if steps[number] <= 0
            else f"trou de {steps[number]:.0f} jours"
        )
        raise ValueError(
            f"path : {what} entre le {before:%Y-%m-%d} et le {after:%Y-%m-%d} ; "
            f"des séances croissantes, à {_LONGEST_CLOSURE} jours au plus, attendues"
        )


def log_returns(prices: pd.Series) -> pd.Series:
    """Donne les rendements logarithmiques, log(p_t / p_{t-1}) : un de moins que de prix.

    Lève `ValueError` si un prix n'est pas positif.
    """
    if not (prices > 0).all():
        raise ValueError(f"prices : un prix de {prices.min()} reçu, des prix positifs attendus")
    return np.log(prices).diff().iloc[1:]


def windows(values: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Coupe une suite en fenêtres et en valeurs qui les suivent.

    Args:
        values: (N,) ou (N, traits).
        length: longueur T d'une fenêtre.

    Returns:
        `inputs` : (T, N - T, traits), axes (temps, lot, traits) ; `targets` : (N - T, traits). La fenêtre i
        couvre les valeurs i à i + T - 1, sa cible est la valeur i + T.

    Raises:
        ValueError: mauvais rang, ou `length` hors de 1 à N - 1.
    """
    values = np.asarray(values)
    if values.ndim not in (1, 2):
        raise ValueError(f"values : {values.ndim} axes reçus, 1 (temps) ou 2 (temps, traits) attendus")
    if check_size("length", length) >= len(values):
        raise ValueError(
            f"length : {length} reçu, un entier de 1 à {len(values) - 1} attendu pour {len(values)} valeurs"
        )
    values = values.reshape(len(values), -1)
    inputs = np.stack([values[start : len(values) - length + start] for start in range(length)])
    return inputs, values[length:]
