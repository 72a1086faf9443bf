import assert from "node:assert/strict";
import { test } from "node:test";

import { affine, cut, decodeHalf, gruStep, softmax } from "../../src/rnnbook/widgets/js/reseau.js";

test("la demi-précision se lit exactement : normaux, sous-normaux, signe", () => {
  // 1 ; −2 ; 0,333251953125 ; le plus petit sous-normal ; 65504.
  const bytes = [0x00, 0x3c, 0x00, 0xc0, 0x55, 0x35, 0x01, 0x00, 0xff, 0x7b];
  const numbers = decodeHalf(btoa(String.fromCharCode(...bytes)));
  assert.deepEqual([...numbers], [1, -2, 0.333251953125, 2 ** -24, 65504]);
});

test("les morceaux se suivent sans se recouvrir", () => {
  const { a, b } = cut(Float32Array.from([1, 2, 3]), [["a", 1], ["b", 2]]);
  assert.deepEqual([[...a], [...b]], [[1], [2, 3]]);
});

test("un produit lit la matrice ligne après ligne", () => {
  assert.deepEqual(affine([1, 2, 3, 4], [10, 1], [0, 100]), [12, 134]);
});

test("la softmax somme à 1, même pour de grands scores", () => {
  assert.deepEqual(softmax([1000, 1000]), [0.5, 0.5]);
  assert.ok(Math.abs(softmax([1, 2, 3]).reduce((a, b) => a + b) - 1) < 1e-12);
});

test("un GRU dont z vaut 1 garde son état, dont z vaut 0 le remplace", () => {
  const net = (z) => ({ W_x: [0, 0, 1], W_h: [0, 0, 0], b_x: [0, z, 0], b_h: [0, 0, 0] });
  assert.ok(Math.abs(gruStep(net(50), [0.5], [0.3])[0] - 0.3) < 1e-9);
  assert.ok(Math.abs(gruStep(net(-50), [0.5], [0.3])[0] - Math.tanh(0.5)) < 1e-9);
});
