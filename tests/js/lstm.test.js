import assert from "node:assert/strict";
import { test } from "node:test";

import { kept, locate, run } from "../../src/rnnbook/widgets/js/lstm.js";

const FREE = { i: "libre", f: "libre", o: "libre" };
const WEIGHTS = [[1, 0.5, 0], [-1, 0.2, 1], [2, -0.3, 0.1], [0.4, 1, -0.2]];

test("un poids nommé se retrouve dans sa ligne et sa colonne", () => {
  assert.deepEqual(locate("w_xi"), { i: 0, j: 0 });
  assert.deepEqual(locate("w_hg"), { i: 2, j: 1 });
  assert.deepEqual(locate("b_f"), { i: 1, j: 2 });
});

test("tout ouvert et sans récurrence, la cellule additionne les candidats", () => {
  const steps = run([[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]], { i: "ouverte", f: "ouverte", o: "ouverte" }, [1, -1, 2]);
  assert.ok(Math.abs(steps[2].c - Math.tanh(2)) < 1e-12);
  assert.equal(steps[2].h, Math.tanh(steps[2].c));
});

test("la porte de sortie fermée cache la cellule sans la vider", () => {
  const [open, shut] = ["ouverte", "fermée"].map((o) => run(WEIGHTS.map(([w_x, , b]) => [w_x, 0, b]), { ...FREE, o }, [1, -1, 0.5]));
  assert.deepEqual(shut.map(({ c }) => c), open.map(({ c }) => c));
  assert.ok(shut.every(({ h }) => h === 0));
});

test("les pas ne dépendent pas de la suite à venir", () => {
  assert.deepEqual(run(WEIGHTS, FREE, [1, -1, 5]).slice(0, 2), run(WEIGHTS, FREE, [1, -1]));
});

test("ce qui reste est le produit des portes d'oubli", () => {
  const steps = [{ f: 0.1 }, { f: 0.5 }, { f: 0.25 }];
  assert.deepEqual([1, 2, 3].map((t) => kept(steps, t)), [1, 0.5, 0.125]);
});
