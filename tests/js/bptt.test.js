import assert from "node:assert/strict";
import { test } from "node:test";

import { backward, contributions, forward, immediate, passes } from "../../src/rnnbook/widgets/js/bptt.js";

const h = forward([1, -0.5, 0.25], 0.6, 0.9, 0.5);
const total = (numbers) => numbers.reduce((sum, value) => sum + value, 0);

test("la perte finale ne juge que le dernier pas", () => {
  assert.deepEqual(immediate(h, 0.25, true), [0, 0, h[3] - 0.25]);
  assert.deepEqual(immediate(h, 0.25, false), [h[1] - 0.25, h[2] - 0.25, h[3] - 0.25]);
});

test("aucun terme ne va du futur vers le passé", () => {
  const terms = contributions(h, 0.9, immediate(h, 0, false));
  terms.forEach((row, i) => row.forEach((term, j) => assert.equal(term === 0, j > i)));
});

test("la somme de tous les termes est le gradient sans coupure", () => {
  const d = immediate(h, -0.5, false);
  const sum = total(contributions(h, 0.9, d).map(total));
  assert.ok(Math.abs(sum - backward(h, 0.9, d, 3).gradient) < 1e-12);
  assert.ok(Math.abs(sum - backward(h, 0.9, d, 2).gradient) > 1e-3);
});

test("le gradient s'arrête au début de chaque tranche, sauf la première", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6].filter((t) => !passes(t, 2)), [3, 5]);
  assert.deepEqual([1, 2, 3].filter((t) => !passes(t, 1)), [2, 3]);
});
