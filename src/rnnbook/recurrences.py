"""Les trois boucles d'un réseau récurrent simple, et le forçage par la cible. Chapitre 4.

D'un pas au suivant, un réseau peut se passer son état h ou sa sortie o. `Recurrence` a un seul interrupteur,
`loop` :

- « hidden-to-hidden » : h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h), o_t = W_ho h_t + b_o (Elman 1990) ;
- « output-to-hidden » : h_t = tanh(W_xh x_t + W_oh o_{t-1} + b_h), o_t = W_ho h_t + b_o (Jordan 1986) ;
- « output-to-output » : h_t = tanh(W_xh x_t + b_h), o_t = W_ho h_t + W_oo o_{t-1} + b_o.

La matrice de la boucle, W_hh, W_oh ou W_oo, est le paramètre `W_rec`. Axes : (temps, lot, traits).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbook.cells import init_uniform
from rnnbook.validation import check_choice, check_dtype, check_shape, check_size, check_type

LOOPS = ("hidden-to-hidden", "output-to-hidden", "output-to-output")
"""De l'état vers l'état, de la sortie vers l'état, de la sortie vers la sortie."""


class Recurrence(nn.Module):
    """Un réseau récurrent d'une couche cachée et d'une sortie linéaire, à la boucle choisie par `loop`.

    Paramètres : W_xh (n, d), W_ho (m, n), b_h (n,), b_o (m,), et `W_rec`, de forme (n, n), (n, m) ou (m, m)
    dans l'ordre de `LOOPS`. Tous sont tirés entre -1/√n et 1/√n. Lève `ValueError` ou `TypeError` si une
    taille ou `loop` ne convient pas. Source : chapitre 4, équations eq-recurrences-etat et suivantes.
    """

    def __init__(
        self, input_size: int, hidden_size: int, output_size: int, loop: str = "hidden-to-hidden"
    ) -> None:
        super().__init__()
        d, n = check_size("input_size", input_size), check_size("hidden_size", hidden_size)
        m = check_size("output_size", output_size)
        self.loop = check_choice("loop", loop, LOOPS)
        rows, self.carried_size = {LOOPS[0]: (n, n), LOOPS[1]: (n, m), LOOPS[2]: (m, m)}[loop]
        self.W_xh, self.W_ho = nn.Parameter(torch.empty(n, d)), nn.Parameter(torch.empty(m, n))
        self.W_rec = nn.Parameter(torch.empty(rows, self.carried_size))
        self.b_h, self.b_o = nn.Parameter(torch.empty(n)), nn.Parameter(torch.empty(m))
        init_uniform(self, n)

    def step(self, x: Tensor, carried: Tensor) -> tuple[Tensor, Tensor]:
        """Un pas, ou tous à la fois : renvoie o_t et ce que la boucle passe au pas suivant.

        Formes : x (…, d) ; carried, h_{t-1} ou o_{t-1}, (…, n) ou (…, m) ; o_t (…, m).
        """
        back = carried @ self.W_rec.T
        a = x @ self.W_xh.T + self.b_h
        h = torch.tanh(a if self.loop == "output-to-output" else a + back)
        o = h @ self.W_ho.T + self.b_o
        if self.loop == "output-to-output":
            o = o + back
        return o, h if self.loop == "hidden-to-hidden" else o

    def forward(
        self, inputs: Tensor, initial: Tensor | None = None, *, targets: Tensor | None = None
    ) -> Tensor:
        """Lit des séquences ; renvoie les sorties o_1 … o_T.

        Args:
            inputs: (temps, lot, d).
            initial: ce que le premier pas reçoit, h_0 (lot, n) ou o_0 (lot, m) ; des zéros par défaut.
            targets: (temps, lot, m). Avec elles, le forçage par la cible : chaque pas reçoit y_{t-1} au lieu
                de o_{t-1}, et tous se calculent à la fois.

        Raises:
            ValueError: forme fausse, ou `targets` donné à une boucle qui ne passe pas par la sortie.
            TypeError: nombres d'un autre type que les poids.
        """
        check_type("inputs", inputs, Tensor)
        steps, batch, _ = check_shape("inputs", inputs, ("temps", "lot", self.W_xh.shape[1]))
        check_dtype("inputs", inputs, self.W_xh.dtype)
        if initial is None:
            initial = inputs.new_zeros(batch, self.carried_size)
        check_shape("initial", check_type("initial", initial, Tensor), (batch, self.carried_size))
        if targets is not None:
            if self.loop == "hidden-to-hidden":
                raise ValueError(
                    "targets : cibles reçues, aucune attendue ; la boucle passe par l'état, "
                    "dont personne ne connaît la valeur désirée"
                )
            check_shape("targets", check_type("targets", targets, Tensor), (steps, batch, len(self.W_ho)))
            forced = torch.cat([initial[None], targets[:-1]])
            return self.step(inputs, forced)[0]
        outputs, carried = [], initial
        for x in inputs.unbind(0):
            o, carried = self.step(x, carried)
            outputs.append(o)
        return torch.stack(outputs)

    def extra_repr(self) -> str:
        return f"{self.W_xh.shape[1]}, {len(self.W_xh)}, {len(self.W_ho)}, loop={self.loop!r}"
