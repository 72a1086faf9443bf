import assert from "node:assert/strict";
import { test } from "node:test";

import { forward, locate, sigmoid } from "../../src/rnnbook/widgets/js/gru.js";

const settings = { recurrentBias: 0, outputBias: 0, keeps: "passé", reset: "après" };

test("la sigmoïde ne déborde pas", () => {
  assert.equal(sigmoid(-1000), 0);
  assert.equal(sigmoid(1000), 1);
  assert.equal(sigmoid(0), 0.5);
});

test("un poids nommé se retrouve à sa place", () => {
  assert.deepEqual(locate("w_xr"), { key: "weights", i: 0, j: 0 });
  assert.deepEqual(locate("w_hz"), { key: "weights", i: 1, j: 1 });
  assert.deepEqual(locate("b_k"), { key: "weights", i: 2, j: 2 });
  assert.deepEqual(locate("b_hk"), { key: "recurrent_bias" });
  assert.deepEqual(locate("b_o"), { key: "output_bias" });
});

test("portes ouvertes et z nul, l'unité est un RNN simple", () => {
  const steps = forward([[0, 0, 1000], [0, 0, -1000], [0.7, -0.4, 0.1]], settings, [1, -2, 0.5]);
  let h = 0;
  [1, -2, 0.5].forEach((x, t) => {
    h = Math.tanh(0.7 * x - 0.4 * h + 0.1);
    assert.ok(Math.abs(steps[t].h - h) < 1e-12);
  });
});

test("une porte z qui garde tout le passé laisse l'état nul", () => {
  const steps = forward([[0, 0, 0], [0, 0, 1000], [2, 0, 1]], settings, [1, 1]);
  assert.deepEqual(steps.map((step) => step.h), [0, 0]);
});
