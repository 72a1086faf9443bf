"""Garder un entraînement dans un fichier safetensors, et le reprendre : jamais de pickle.

Un fichier tient des tenseurs nommés et un en-tête JSON, avec l'empreinte des tenseurs : un fichier tronqué
ou abîmé est refusé. L'écriture passe par un fichier voisin, renommé à la fin : une coupure laisse l'ancien.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor


def save(path: str | Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Écrit les tenseurs et l'en-tête, que JSON doit connaître. Remplace le fichier s'il existe.

    Lève `FileNotFoundError` si le dossier n'existe pas.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path : le dossier {path.parent} n'existe pas")
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    written = json.dumps(dict(header), ensure_ascii=False)
    metadata = {"rnnbook": written, "empreinte": _digest(plain, written)}
    partial = path.with_name(path.name + ".partiel")
    save_file(plain, partial, metadata)
    os.replace(partial, path)


def load(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Relit les tenseurs et l'en-tête écrits par `save` ; le fichier n'est pas modifié.

    Lève `FileNotFoundError` si le fichier n'existe pas, `ValueError` s'il est abîmé ou d'une autre origine.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"path : {path} n'existe pas")
    advice = "le fichier est laissé tel quel : supprimez-le ou donnez un autre chemin"
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        header = json.loads(metadata["rnnbook"])
    except (SafetensorError, json.JSONDecodeError, KeyError) as error:
        raise ValueError(f"path : {path} est abîmé ou n'a pas été écrit par rnnbook ; {advice}") from error
    if metadata.get("empreinte") != _digest(tensors, metadata["rnnbook"]):
        raise ValueError(f"path : {path} est abîmé, ses nombres ou son en-tête ont changé ; {advice}")
    return tensors, header


def _digest(tensors: Mapping[str, Tensor], header: str) -> str:
    digest = hashlib.sha256(header.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
