import assert from "node:assert/strict";
import { test } from "node:test";

import { inputs, mistakes, pattern } from "../../src/rnnbook/widgets/js/copie.js";

test("le signal se lève après le dernier vecteur et reste levé", () => {
  const rows = inputs(pattern(3));
  assert.equal(rows.length, 7);
  assert.deepEqual(rows.map((row) => row[8]), [0, 0, 0, 1, 1, 1, 1]);
  assert.deepEqual(rows[1].slice(0, 8), pattern(3)[1]);
  assert.ok(rows.slice(3).every((row) => row.slice(0, 8).every((bit) => bit === 0)));
});

test("une suite plus longue garde le même début", () => {
  assert.deepEqual(pattern(30).slice(0, 4), pattern(4));
});

test("seuls les bits déjà répétés peuvent être faux", () => {
  const bits = [new Array(8).fill(1), new Array(8).fill(1)];
  const silent = Array.from({ length: 5 }, () => new Array(8).fill(0.1));
  assert.deepEqual(mistakes(silent, bits, 3), []);
  assert.equal(mistakes(silent, bits, 4).length, 8);
  assert.equal(mistakes(silent, bits, 5).length, 16);
  assert.deepEqual(mistakes(silent, bits, 4)[3], [0, 3]);
});
