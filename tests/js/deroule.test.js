import assert from "node:assert/strict";
import { test } from "node:test";

import { forward, locate, parseSequence } from "../../src/rnnbook/widgets/js/deroule.js";

test("la suite se lit en nombres ou en lettres", () => {
  assert.deepEqual(parseSequence(" 1  0,5 −2 "), { values: [1, 0.5, -2], labels: null });
  assert.deepEqual(parseSequence("aZ"), { values: [-1, 1], labels: ["a", "Z"] });
});

test("une suite fautive dit laquelle de ses parties ne va pas", () => {
  assert.match(parseSequence("").error, /Écrivez/);
  assert.match(parseSequence("1 deux").error, /« deux » n’est pas un nombre/);
  assert.match(parseSequence("1,2,3").error, /« 1,2,3 »/);
  assert.match(parseSequence("œuf").error, /« œ » n’est pas une lettre/);
  assert.match(parseSequence("1 11").error, /11 est trop grand/);
  assert.match(parseSequence("1 2 3 4 5 6 7 8 9").error, /9 pas/);
});

test("un poids nommé se retrouve dans sa matrice", () => {
  assert.deepEqual(locate("W_xh[2]"), { key: "W_xh", i: 1, j: 0 });
  assert.deepEqual(locate("W_hh[1,3]"), { key: "W_hh", i: 0, j: 2 });
  assert.deepEqual(locate("b_h[3]"), { key: "b_h", i: 2, j: 0 });
});

test("l'état vaut zéro avant le premier pas, et ne dépend pas de la suite à venir", () => {
  const network = [[[1], [-0.5]], [[0.3, 0.2], [0.1, -0.9]], [0.1, 0]];
  const short = forward(...network, [1, -1]);
  assert.deepEqual(short[0], [0, 0]);
  assert.deepEqual(forward(...network, [1, -1, 5]).slice(0, 3), short);
});
