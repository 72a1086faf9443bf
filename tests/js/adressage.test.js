import assert from "node:assert/strict";
import { test } from "node:test";

import { address, contentWeights, highest, locate, sharpen, shiftWeights, spread, write } from "../../src/rnnbook/widgets/js/adressage.js";

const at = (slot) => [0, 1, 2, 3].map((i) => Number(i === slot));
const total = (values) => values.reduce((sum, value) => sum + value, 0);

test("un décalage de +1 avance la tête, et la dernière case mène à la première", () => {
  assert.deepEqual(shiftWeights(at(1), [0, 0, 1]), at(2));
  assert.deepEqual(shiftWeights(at(1), [1, 0, 0]), at(0));
  assert.deepEqual(shiftWeights(at(3), [0, 0, 1]), at(0));
  assert.deepEqual(shiftWeights(at(0), [0, 0, 0, 0, 1]), at(2));
});

test("un décalage fractionnaire se partage entre deux entiers", () => {
  assert.deepEqual(spread(0.75), [0, 0.25, 0.75]);
  assert.deepEqual(spread(-1), [1, 0, 0]);
});

test("l'affûtage garde une somme de 1 et reste fini", () => {
  for (const gamma of [1, 3, 1000]) {
    for (const weights of [at(2), [0.25, 0.25, 0.25, 0.25], [0.1, 0.2, 0.3, 0.4]]) {
      const sharp = sharpen(weights, gamma);
      assert.ok(sharp.every(Number.isFinite));
      assert.ok(Math.abs(total(sharp) - 1) < 1e-12);
    }
  }
});

test("une mémoire ou une clé nulle donne des poids égaux", () => {
  const even = [0.5, 0.5];
  assert.deepEqual(contentWeights([[0, 0], [0, 0]], [1, 0], 5), even);
  assert.deepEqual(contentWeights([[1, 0], [0, 1]], [0, 0], 5), even);
});

test("une tête nette et un effacement complet remplacent la case", () => {
  assert.deepEqual(write([[1, 2], [3, 4]], [0, 1], [1, 1], [7, 8]), [[1, 2], [7, 8]]);
});

test("un nombre nommé se retrouve, et la plus grande valeur aussi", () => {
  assert.deepEqual(locate("memory[7,3]"), { name: "memory", i: 7, j: 3 });
  assert.deepEqual(locate("erase[2]"), { name: "erase", i: null, j: 2 });
  assert.equal(highest([0.1, 0.7, 0.2]), 1);
});

test("un pas entier écrit avant de relire", () => {
  const memory = [[1, 0], [0, 1]];
  const settings = { memory, key: [1, 0], beta: 10, gate: 0, previous: 1, shift: 0, gamma: 1, erase: [1, 1], add: [5, 5] };
  const { reads } = address(settings);
  assert.ok(Math.abs(reads[0][1] - 1) < 1e-9);
  assert.ok(Math.abs(reads[1][1] - 5) < 1e-9);
});
