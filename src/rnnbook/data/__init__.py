"""Les données du cours : noms de famille, cours d'Apple, séries et tâches synthétiques.

Tout vient de paquets installés ou d'un chemin que l'on donne ; rien n'est téléchargé à l'exécution.
"""

from rnnbook.data.delays import adding, delayed_copy, recall
from rnnbook.data.entities import EntityParts, entity_f1, load_entities
from rnnbook.data.names import (
    ALPHABET,
    LANGUAGES,
    Names,
    NameTensors,
    Parts,
    batches,
    decode,
    encode,
    family,
    load_names,
    near_twins,
    normalise,
    split,
    take,
    to_tensors,
)
from rnnbook.data.quakes import quakes
from rnnbook.data.series import two_sines
from rnnbook.data.stock import STOCK_COLUMNS, load_stock, log_returns, windows

__all__ = [
    "ALPHABET",
    "LANGUAGES",
    "STOCK_COLUMNS",
    "EntityParts",
    "NameTensors",
    "Names",
    "Parts",
    "adding",
    "batches",
    "decode",
    "delayed_copy",
    "encode",
    "entity_f1",
    "family",
    "load_entities",
    "load_names",
    "load_stock",
    "log_returns",
    "near_twins",
    "normalise",
    "quakes",
    "recall",
    "split",
    "take",
    "to_tensors",
    "two_sines",
    "windows",
]
