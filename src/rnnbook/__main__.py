"""La ligne de commande : `python -m rnnbook train TÂCHE --model ntm|lstm --seed S --out FICHIER`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

TASKS = ("copy", "copy-held", "recall", "repeat", "ngrams", "sort")


def main(arguments: Sequence[str] | None = None) -> int:
    """Lit la ligne de commande et renvoie le code de sortie : 0, 1 (erreur, dite) ou 130 (Ctrl-C)."""
    options = _parser().parse_args(arguments)
    try:
        _train(options)
    except (ValueError, FileNotFoundError, FileExistsError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrompu ; la même commande reprendra où elle s'est arrêtée", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rnnbook", description="Les entraînements du chapitre 19."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")
    train = commands.add_parser("train", help="entraîne un modèle sur une tâche du papier")
    train.add_argument("task", choices=TASKS, metavar="TÂCHE", help=", ".join(TASKS))
    train.add_argument("--model", choices=("ntm", "lstm"), default="ntm", help="ntm par défaut")
    train.add_argument("--seed", type=int, default=0, metavar="S", help="graine, 0 par défaut")
    train.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FICHIER",
        help="où écrire les poids (safetensors) ; FICHIER.reprise garde l'entraînement en cours",
    )
    train.add_argument("--device", default="cpu", metavar="APPAREIL", help="cpu par défaut, ou cuda")
    train.add_argument("--every", type=int, default=200, metavar="N", help="pas entre deux sauvegardes")
    return parser


def _train(options: argparse.Namespace) -> None:
    if options.out.exists():
        raise FileExistsError(f"--out : {options.out} existe déjà ; donnez un autre nom, ou supprimez-le")
    if not options.out.parent.is_dir():
        raise FileNotFoundError(f"--out : le dossier {options.out.parent} n'existe pas")
    # torch se charge ici : l'aide et les erreurs de saisie n'attendent pas.
    from rnnbook.experiments import ntm
    from rnnbook.formats import decimal

    checkpoint = options.out.with_name(options.out.name + ".reprise")
    run = ntm.train(
        ntm.RECIPES[options.task][options.model],
        options.seed,
        device=options.device,
        checkpoint=checkpoint,
        every=options.every,
        progress=True,
    )
    command = f"python -m rnnbook train {options.task} --model {options.model} --seed {options.seed}"
    ntm.save_model(run, options.out, command=f"{command} --out {options.out.name}")
    checkpoint.unlink(missing_ok=True)
    scores = ntm.evaluate(run.model, options.task)
    print(
        f"{options.out} : {run.done} pas, {decimal(run.seconds, 1)} s de processeur ; par séquence neuve, "
        f"{decimal(scores['faux'], 3)} bit faux, coût de {decimal(scores['cout'], 3)} bit"
    )


if __name__ == "__main__":
    sys.exit(main())
