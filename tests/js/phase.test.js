import assert from "node:assert/strict";
import { test } from "node:test";

import { fixedPoints, moduli, trajectory } from "../../src/rnnbook/widgets/js/phase.js";

test("les modules des valeurs propres, réelles ou complexes", () => {
  assert.deepEqual(moduli([[3, 0], [0, -4]]), [4, 3]);
  assert.deepEqual(moduli([[0, -2], [2, 0]]), [2, 2]);
});

test("une boucle faible oublie tout : un seul point fixe, stable", () => {
  const points = fixedPoints([[0.5, 0], [0, 0.5]], [0, 0]);
  assert.equal(points.length, 1);
  assert.equal(points[0].kind, "stable");
  const end = trajectory([[0.5, 0], [0, 0.5]], [0, 0], [1, -1], 60).at(-1);
  assert.ok(Math.hypot(...end) < 1e-9);
});
