"""Exercices du chapitre 2, « Typologies ».

Formes : `states` (temps, lot, n) ; `lengths` (lot,) ; `inputs` et `targets` (temps, lot), des numéros où 0
est le remplissage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnnbook.exercises._model import Case, FunctionExercise, Mistake, Refusal, ValueExercise

# --- typologies-1 : reconnaître la typologie ------------------------------------------------------------


def choices() -> dict[str, Any]:
    return {
        "courriel": "plusieurs vers un",
        "melodie": "un vers plusieurs",
        "sommeil": "synchrone",
        "virgule": "décalé",
        "resume": "encodeur-décodeur",
        "retard_virgule": 2,
    }


CHOOSE = ValueExercise(
    "typologies-1",
    "Reconnaître la typologie",
    "main",
    1,
    value=choices,
    mistakes=(
        Mistake(
            "courriel-par-mot",
            "Un courriel entier est indésirable ou non : combien de réponses donne-t-on ?",
            {"courriel": "synchrone"},
        ),
        Mistake(
            "melodie-encodee",
            "Le numéro de style est une entrée seule : il n'y a pas de suite à lire avant d'écrire.",
            {"melodie": "encodeur-décodeur"},
        ),
        Mistake(
            "sommeil-a-la-fin",
            "On veut le stade à chaque seconde, pendant la nuit : une réponse à la fin arriverait trop tard.",
            {"sommeil": "plusieurs vers un"},
        ),
        Mistake(
            "sommeil-decale",
            "La réponse d'une seconde ne demande rien de ce qui la suit : attendre n'apporte rien.",
            {"sommeil": "décalé"},
        ),
        Mistake(
            "virgule-sans-attendre",
            "La décision dépend de mots qui ne sont pas encore dits : une réponse immédiate ne peut pas les "
            "avoir lus.",
            {"virgule": "synchrone"},
        ),
        Mistake(
            "virgule-apres-tout",
            "Attendre la fin de la dictée suffirait, mais deux mots de plus aussi : cherchez celle qui "
            "attend le moins.",
            {"virgule": "encodeur-décodeur"},
        ),
        Mistake(
            "resume-aligne",
            "Un résumé n'a pas autant de mots que l'article : il n'y a pas une réponse par entrée.",
            {"resume": "décalé"},
        ),
        Mistake(
            "resume-unique",
            "Un résumé est une suite de mots, pas une réponse unique.",
            {"resume": "plusieurs vers un"},
        ),
        Mistake(
            "retard-un",
            "Avec un mot de retard, un seul des deux mots suivants est connu.",
            {"retard_virgule": 1},
        ),
        Mistake(
            "retard-trois",
            "Le mot présent est déjà lu quand on compte le retard : comptez seulement ceux d'après.",
            {"retard_virgule": 3},
        ),
    ),
)


# --- typologies-2 : prévoir les formes ------------------------------------------------------------------


def shapes() -> dict[str, Any]:
    steps, batch, n, answers, delay, written = 20, 8, 64, 5, 3, 12
    return {
        "etats": (steps, batch, n),
        "dernier": (1, batch, n),
        "scores_plusieurs_un": (1, batch, answers),
        "entree_decalee": (steps + delay, batch),
        "scores_decales": (steps, batch, answers),
        "scores_encodeur_decodeur": (written, batch, answers),
        "lues_synchrone": 4,
        "lues_decale": 4 + delay,
    }


SHAPES = ValueExercise(
    "typologies-2",
    "Prévoir les formes",
    "main",
    2,
    value=shapes,
    mistakes=(
        Mistake(
            "etats-sans-unites",
            "Le dernier axe des états compte les unités de la boîte, pas les traits de l'entrée.",
            {"etats": (20, 8, 32)},
        ),
        Mistake(
            "dernier-a-deux-axes",
            "Le dernier état garde un premier axe, celui des couches, qui vaut 1.",
            {"dernier": (8, 64)},
        ),
        Mistake(
            "plusieurs-un-a-chaque-pas",
            "« Plusieurs vers un » ne répond qu'une fois : l'axe du temps des scores n'a qu'un pas.",
            {"scores_plusieurs_un": (20, 8, 5)},
        ),
        Mistake(
            "entree-non-allongee",
            "Les dernières réponses sortent après la fin de l'entrée : il faut des pas de plus à lire.",
            {"entree_decalee": (20, 8)},
        ),
        Mistake(
            "scores-allonges",
            "Il y a une réponse par entrée : les premiers pas, sans réponse, sont retirés.",
            {"scores_decales": (23, 8, 5)},
        ),
        Mistake(
            "scores-raccourcis",
            "Le retard ne supprime aucune réponse : il les déplace.",
            {"scores_decales": (17, 8, 5)},
        ),
        Mistake(
            "decodeur-aussi-long",
            "Le décodeur écrit 12 jetons, quel que soit le nombre d'entrées lues.",
            {"scores_encodeur_decodeur": (20, 8, 5)},
        ),
        Mistake(
            "bout-a-bout",
            "Les pas de l'encodeur n'ont pas de réponse : seuls ceux du décodeur en ont une.",
            {"scores_encodeur_decodeur": (32, 8, 5)},
        ),
        Mistake(
            "lues-sans-la-presente",
            "La quatrième sortie est émise après avoir lu la quatrième entrée, qui compte aussi.",
            {"lues_synchrone": 3},
        ),
        Mistake(
            "lues-en-moins",
            "Un retard fait lire davantage avant de répondre, pas moins.",
            {"lues_decale": 1},
        ),
    ),
)


# --- typologies-3 : l'état du dernier vrai pas ----------------------------------------------------------


def last_true(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return states[lengths - 1, np.arange(states.shape[1])]


def last_step(states, lengths):
    return states[-1]


def last_one_late(states, lengths):
    return states[np.minimum(lengths, len(states) - 1), np.arange(states.shape[1])]


def last_without_batch(states, lengths):
    return states[lengths - 1]


def last_mean(states, lengths):
    mask = np.arange(len(states))[:, None] < lengths
    return (states * mask[:, :, None]).sum(axis=0) / lengths[:, None]


def last_shortest(states, lengths):
    return states[lengths.min() - 1]


def last_first(states, lengths):
    return states[0]


def last_kept_axis(states, lengths):
    return last_true(states, lengths)[None]


def _states_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for lengths, n in (([3, 6, 1, 5], 4), ([2, 2], 3), ([1, 4, 4], 3)):
        yield rng.normal(size=(max(lengths) + 1, len(lengths), n)), np.array(lengths)


LAST = FunctionExercise(
    "typologies-3",
    "L'état du dernier vrai pas",
    "code",
    1,
    reference=last_true,
    inputs=_states_inputs,
    mistakes=(
        Mistake(
            "dernier-pas",
            "Vous prenez le dernier pas du tableau : pour les séquences courtes, il a lu du remplissage.",
            last_step,
        ),
        Mistake(
            "un-pas-trop-loin",
            "Une séquence de longueur L occupe les rangs 0 à L − 1 : vous lisez le pas qui suit sa fin.",
            last_one_late,
        ),
        Mistake(
            "sans-rang-du-lot",
            "`states[lengths - 1]` choisit des pas entiers, pour tout le lot : indexez aussi l'axe du lot.",
            last_without_batch,
        ),
        Mistake(
            "moyenne",
            "Vous faites la moyenne des états : on demande celui du dernier vrai pas.",
            last_mean,
        ),
        Mistake(
            "plus-courte",
            "Vous coupez toutes les séquences à la plus courte : chacune a sa longueur.",
            last_shortest,
        ),
        Mistake("premier", "C'est l'état du premier pas : il n'a lu qu'une entrée.", last_first),
        Mistake(
            "axe-en-trop",
            "Les valeurs sont justes, mais on demande deux axes, (lot, n) : il n'y a plus d'axe du temps.",
            last_kept_axis,
        ),
    ),
)


# --- typologies-4 : mettre un retard --------------------------------------------------------------------


def put_delay(inputs: np.ndarray, targets: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    blank = np.zeros((k, inputs.shape[1]), dtype=inputs.dtype)
    return np.concatenate([inputs, blank]), np.concatenate([blank, targets])


def delay_inputs_first(inputs, targets, k):
    blank = np.zeros((k, inputs.shape[1]), dtype=inputs.dtype)
    return np.concatenate([blank, inputs]), np.concatenate([targets, blank])


def delay_targets_last(inputs, targets, k):
    blank = np.zeros((k, inputs.shape[1]), dtype=inputs.dtype)
    return np.concatenate([inputs, blank]), np.concatenate([targets, blank])


def delay_rolled(inputs, targets, k):
    return inputs, np.roll(targets, k, axis=0)


def delay_cut(inputs, targets, k):
    blank = np.zeros((k, inputs.shape[1]), dtype=inputs.dtype)
    return inputs, np.concatenate([blank, targets])[: len(targets)]


def delay_one_more(inputs, targets, k):
    return put_delay(inputs, targets, k + 1)


def delay_repeats(inputs, targets, k):
    last = np.repeat(inputs[-1:], k, axis=0)
    return np.concatenate([inputs, last]), put_delay(inputs, targets, k)[1]


def _delay_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for steps, batch, k in ((5, 3, 2), (4, 2, 0), (3, 4, 4), (6, 1, 1)):
        yield rng.integers(1, 9, (steps, batch)), rng.integers(1, 9, (steps, batch)), k


DELAY = FunctionExercise(
    "typologies-4",
    "Mettre un retard",
    "code",
    2,
    reference=put_delay,
    inputs=_delay_inputs,
    outputs=("inputs", "targets"),
    mistakes=(
        Mistake(
            "a-l-envers",
            "Vous retardez l'entrée au lieu de la réponse : le réseau devrait répondre avant d'avoir lu.",
            delay_inputs_first,
        ),
        Mistake(
            "reponses-non-decalees",
            "`inputs` est juste, mais les réponses n'ont pas bougé : le pas k + 1 doit porter la première.",
            delay_targets_last,
        ),
        Mistake(
            "en-rond",
            "`np.roll` ramène les dernières réponses au début : on les demanderait avant d'avoir rien lu.",
            delay_rolled,
        ),
        Mistake(
            "coupe",
            "Les k dernières réponses sont perdues : allongez les deux suites de k pas.",
            delay_cut,
        ),
        Mistake("un-de-trop", "Votre retard est de k + 1 pas.", delay_one_more),
        Mistake(
            "derniere-repetee",
            "Après la fin, il n'y a rien à lire : mettez le numéro du remplissage, pas la dernière entrée.",
            delay_repeats,
        ),
    ),
)


# --- typologies-5 : mesurer les dépendances -------------------------------------------------------------

Network = Callable[[np.ndarray], np.ndarray]


def measured(network: Network, inputs: np.ndarray) -> np.ndarray:
    base, columns = network(inputs), []
    for i in range(len(inputs)):
        changed = inputs.copy()
        changed[i] += 1.0
        columns.append(np.any(network(changed) != base, axis=1))
    return np.stack(columns, axis=1)


def measured_transposed(network, inputs):
    return measured(network, inputs).T


def measured_cumulative(network, inputs):
    base, changed, columns = network(inputs), inputs.copy(), []
    for i in range(len(inputs)):
        changed[i] += 1.0
        columns.append(np.any(network(changed) != base, axis=1))
    return np.stack(columns, axis=1)


def measured_every_component(network, inputs):
    base, columns = network(inputs), []
    for i in range(len(inputs)):
        changed = inputs.copy()
        changed[i] += 1.0
        columns.append(np.all(network(changed) != base, axis=1))
    return np.stack(columns, axis=1)


def measured_sum(network, inputs):
    base, columns = network(inputs), []
    for i in range(len(inputs)):
        changed = inputs.copy()
        changed[i] += 1.0
        columns.append(np.abs((network(changed) - base).sum(axis=1)) > 1e-9)
    return np.stack(columns, axis=1)


def measured_unchanged(network, inputs):
    return ~measured(network, inputs)


def measured_in_place(network, inputs):
    base, columns = network(inputs), []
    for i in range(len(inputs)):
        kept = inputs[i].copy()
        inputs[i] += 1.0
        columns.append(np.any(network(inputs) != base, axis=1))
        inputs[i] = kept + 1e-3
    return np.stack(columns, axis=1)


def _network(rng: np.random.Generator, kind: str) -> Network:
    """Un petit réseau à deux sorties par pas : la seconde compense la première, ou ne bouge jamais."""
    W_xh, W_hh, W_ho = rng.normal(size=(2, 4)), rng.normal(size=(4, 4)) * 0.5, rng.normal(size=(4, 1))

    def network(inputs: np.ndarray) -> np.ndarray:
        h, states = np.zeros(4), []
        padding = np.zeros((2, 2)) if kind == "décalé" else np.zeros((0, 2))
        for x in np.concatenate([inputs, padding]):
            h = np.tanh(x @ W_xh + h @ W_hh)
            states.append(h)
        kept = {"dernier": states[-1:], "décalé": states[2:], "tout": [states[-1]] * 5}.get(kind, states)
        o = np.stack(kept) @ W_ho
        second = np.ones_like(o) if kind in ("décalé", "tout") else 1.0 - o
        return np.concatenate([o, second], axis=1)

    return network


def _network_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for kind, steps in (("synchrone", 5), ("dernier", 4), ("décalé", 6), ("tout", 3)):
        yield _network(rng, kind), rng.normal(size=(steps, 2))


DEPENDS = FunctionExercise(
    "typologies-5",
    "Mesurer les dépendances",
    "code",
    2,
    reference=measured,
    inputs=_network_inputs,
    success="Vous venez de mesurer un synchrone, un plusieurs vers un, un décalé et un encodeur–décodeur.",
    mistakes=(
        Mistake(
            "transposee",
            "Vous avez échangé les axes : une ligne par sortie, une colonne par entrée.",
            measured_transposed,
        ),
        Mistake(
            "cumul",
            "Les entrées déjà changées le restent : repartez des entrées d'origine à chaque fois.",
            measured_cumulative,
        ),
        Mistake(
            "toutes-les-composantes",
            "Une sortie a plusieurs composantes ; il suffit que l'une bouge.",
            measured_every_component,
        ),
        Mistake(
            "somme",
            "Deux composantes peuvent bouger en sens contraires : leur somme reste alors la même.",
            measured_sum,
        ),
        Mistake("inverse", "Vrai doit dire que la sortie bouge ; vous avez l'inverse.", measured_unchanged),
        Mistake(
            "sur-place",
            "Vous écrivez dans `inputs`, et ses valeurs ne sont pas revenues : travaillez sur une copie.",
            measured_in_place,
        ),
    ),
)


# --- typologies-6 : réparer le décodeur glouton ---------------------------------------------------------

Step = Callable[[int, np.ndarray], tuple[np.ndarray, np.ndarray]]


def write(step: Step, state: np.ndarray, end: int, limit: int) -> list[int]:
    token = 0
    written: list[int] = []
    while len(written) < limit:
        scores, state = step(token, state)
        token = int(np.argmax(scores))
        if token == end:
            break
        written.append(token)
    return written


def write_always_start(step, state, end, limit):
    written: list[int] = []
    while len(written) < limit:
        scores, state = step(0, state)
        token = int(np.argmax(scores))
        if token == end:
            break
        written.append(token)
    return written


def write_state_lost(step, state, end, limit):
    token = 0
    written: list[int] = []
    while len(written) < limit:
        scores, _ = step(token, state)
        token = int(np.argmax(scores))
        if token == end:
            break
        written.append(token)
    return written


def write_with_end(step, state, end, limit):
    token = 0
    written: list[int] = []
    while len(written) < limit:
        scores, state = step(token, state)
        token = int(np.argmax(scores))
        written.append(token)
        if token == end:
            break
    return written


def write_past_end(step, state, end, limit):
    token = 0
    written: list[int] = []
    for _ in range(limit):
        scores, state = step(token, state)
        token = int(np.argmax(scores))
        written.append(token)
    return [token for token in written if token != end]


def write_with_start(step, state, end, limit):
    return [0, *write(step, state, end, limit)]


def write_lowest(step, state, end, limit):
    token = 0
    written: list[int] = []
    while len(written) < limit:
        scores, state = step(token, state)
        token = int(np.argmin(scores))
        if token == end:
            break
        written.append(token)
    return written


def _call_write(answer: Callable[..., Any], tokens: list[int], limit: int, seed: int) -> Any:
    """Donne à la réponse un décodeur qui récite `tokens` si on lui rend ce qu'il vient d'écrire."""
    end, size = 1, 12
    noise = np.random.default_rng(seed).uniform(0, 0.4, (len(tokens) + limit + 2, size))

    def step(token: int, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not isinstance(token, int | np.integer):
            raise Refusal(
                "`step` attend un seul numéro de jeton, un entier ; le vôtre est de type "
                f"`{type(token).__name__}`."
            )
        position = int(state[0])
        previous = 0 if position == 0 else tokens[min(position, len(tokens)) - 1]
        scores = noise[position].copy()
        # Mal nourri, le décodeur part ailleurs ; après la fin, il continue d'écrire n'importe quoi.
        right = (*tokens, end)[position] if position <= len(tokens) else 2 + position % 9
        scores[right if token == previous or position > len(tokens) else 11] += 1.0
        return scores, np.array([position + 1.0])

    return answer(step, np.zeros(1), end, limit)


def _write_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for length, limit in ((4, 9), (6, 4), (0, 3), (3, 8)):
        yield rng.integers(2, 10, length).tolist(), limit, int(rng.integers(1000))


WRITE = FunctionExercise(
    "typologies-6",
    "Réparer le décodeur glouton",
    "code",
    3,
    reference=write,
    inputs=_write_inputs,
    use=_call_write,
    mistakes=(
        Mistake(
            "toujours-le-depart",
            "Vous redonnez le jeton de départ à chaque pas : la boîte ignore ce qu'elle vient d'écrire.",
            write_always_start,
        ),
        Mistake(
            "etat-perdu",
            "L'état rendu par `step` n'est pas repris : chaque pas recommence au même endroit.",
            write_state_lost,
        ),
        Mistake("fin-gardee", "Le jeton de fin arrête l'écriture ; il n'en fait pas partie.", write_with_end),
        Mistake(
            "apres-la-fin",
            "Vous continuez d'écrire après le jeton de fin : ce qui le suit n'a pas de sens.",
            write_past_end,
        ),
        Mistake(
            "depart-garde",
            "Le jeton de départ n'est pas écrit : il ne fait que lancer la boîte.",
            write_with_start,
        ),
        Mistake(
            "plus-petit-score",
            "Vous gardez le jeton de plus petit score : c'est le plus grand qu'il faut.",
            write_lowest,
        ),
    ),
)


# --- typologies-7 : combien faut-il attendre ? ----------------------------------------------------------

Rows = list[tuple[list[str], list[str]]]
Key = Callable[[list[str], int, int], tuple[Any, ...]]


def needed_delay(rows: Rows) -> int | None:
    return _first_delay(rows, lambda words, j, k: (j, *words[: j + k + 1]))


def _first_delay(rows: Rows, key: Key) -> int | None:
    """Le plus petit retard k tel que `key(words, j, k)` détermine toujours la réponse j ; None si aucun."""
    longest = max(len(words) for words, _ in rows)
    return next((k for k in range(longest + 1) if _decided(rows, key, k)), None)


def _decided(rows: Rows, key: Key, k: int) -> bool:
    answers: dict[tuple[Any, ...], str] = {}
    pairs = [(key(words, j, k), word) for words, out in rows for j, word in enumerate(out)]
    return all(answers.setdefault(known, word) == word for known, word in pairs)


def delay_plus_one(rows):
    return (needed_delay(rows) or 0) + 1


def delay_without_past(rows):
    return _first_delay(rows, lambda words, j, k: tuple(words[j : j + k + 1]))


def delay_only_ahead(rows):
    return _first_delay(rows, lambda words, j, k: tuple(words[j + k : j + k + 1]))


def delay_first_word(rows):
    return needed_delay([(words, out[:1]) for words, out in rows])


def delay_most(rows):
    k = 0
    while True:
        answers: dict[Any, list[str]] = {}
        for words, out in rows:
            for j, word in enumerate(out):
                answers.setdefault((j, *words[: j + k + 1]), []).append(word)
        right = sum(max(map(found.count, found)) for found in answers.values())
        if right >= 0.9 * sum(len(out) for _, out in rows):
            return k
        k += 1


def delay_whole_sentence(rows):
    return max(len(words) for words, _ in rows) - 1


def _language(articles: bool, adjectives: int, ending: bool) -> Rows:
    """Un petit langage : article qui s'accorde avec le nom, ou même avec le verbe, et adjectifs entre eux."""
    rows: Rows = []
    for noun, feminine in (("na", True), ("no", False), ("ne", True)):
        for number in range(adjectives + 1):
            for verb in ("va", "vo"):
                words = [*(["le"] if articles else []), *["ad"] * number, noun, verb]
                article = ("la" if feminine else "lo") if articles else ""
                first = [article + (verb if ending else "")] if articles else []
                rows.append((words, [*first, noun.upper(), *["AD" + noun[-1]] * number, verb.upper()]))
    return rows


def _rows_inputs(rng: np.random.Generator) -> Iterator[Case]:
    for articles, adjectives, ending in (
        (True, 1, False),
        (False, 0, False),
        (True, 2, True),
        (False, 2, False),
    ):
        rows = _language(articles, adjectives, ending)
        yield ([rows[i] for i in rng.permutation(len(rows))],)
    # Ici le passé décide : sans lui, aucun retard ne suffit.
    yield ([(["a", "x", "c"], ["A", "X1", "C"]), (["b", "x", "c"], ["B", "X2", "C"])],)
    # Le premier mot est connu tout de suite, le deuxième non.
    yield ([(["a", "x", "c"], ["A", "X1", "C"]), (["a", "x", "d"], ["A", "X2", "D"])],)
    # Une exception rare compte aussi : deux phrases sur vingt demandent un mot de plus.
    common = [([f"w{i}", "z"], [f"W{i}", "Z"]) for i in range(18)]
    yield ([*common, (["w", "u"], ["U1", "U"]), (["w", "v"], ["V1", "V"])],)


WAIT = FunctionExercise(
    "typologies-7",
    "Combien faut-il attendre ?",
    "experience",
    2,
    reference=needed_delay,
    inputs=_rows_inputs,
    mistakes=(
        Mistake(
            "un-de-trop",
            "Vous comptez un mot de trop : le retard 0 connaît déjà le mot présent.",
            delay_plus_one,
        ),
        Mistake(
            "sans-le-passe",
            "Vous oubliez ce qui précède : la boîte a lu toute la phrase depuis son début, pas seulement le "
            "mot présent et les suivants.",
            delay_without_past,
        ),
        Mistake(
            "un-seul-mot",
            "Vous ne gardez que le mot lu en dernier : la boîte se souvient aussi des autres.",
            delay_only_ahead,
        ),
        Mistake(
            "premier-mot-seul",
            "Vous ne regardez que la première réponse : chaque position doit être décidée.",
            delay_first_word,
        ),
        Mistake(
            "presque-toujours",
            "Votre retard suffit presque toujours : on demande qu'il suffise à chaque mot de chaque phrase.",
            delay_most,
        ),
        Mistake(
            "toute-la-phrase",
            "Attendre toute la phrase suffit, bien sûr : cherchez le plus petit retard qui suffit.",
            delay_whole_sentence,
        ),
    ),
)


EXERCISES = (CHOOSE, SHAPES, LAST, DELAY, DEPENDS, WRITE, WAIT)
"""Exercices du chapitre, dans l'ordre."""
