import assert from "node:assert/strict";
import { test } from "node:test";

import { inputs, products, range, scientific, slopes, unroll } from "../../src/rnnbook/widgets/js/fuite.js";

test("les trois entrées ont la forme que dit leur nom", () => {
  assert.deepEqual(inputs("impulsion", 2, 3), [2, 0, 0]);
  assert.deepEqual(inputs("constante", 2, 3), [2, 2, 2]);
  assert.deepEqual(inputs("alternée", 2, 3), [2, -2, 2]);
});

test("le produit part de 1 au dernier pas et multiplie par w fois la pente", () => {
  assert.deepEqual(products(0.5, [1, 0.5, 1]), [0.0625, 0.125, 0.5, 1]);
});

test("une ReLU éteinte coupe tout ce qui la précède", () => {
  const h = unroll("relu", 0.5, [1, -1, 1]);
  assert.deepEqual(h, [0, 1, 0, 1]);
  assert.deepEqual(products(0.5, slopes("relu", h)), [0, 0, 0.5, 1]);
});

test("un nombre s'écrit en puissance de dix, à la française", () => {
  assert.equal(scientific(0.0032), "3,2·10⁻³");
  assert.equal(scientific(-117.4), "\u22121,2·10²");
  assert.equal(scientific(0), "0");
});

test("l'axe ne descend pas sous son plancher et contient toujours 1", () => {
  assert.deepEqual(range([1, 0]), [-2, 2]);
  assert.deepEqual(range([1e-80, 1e18]), [-30, 18]);
});
