import assert from "node:assert/strict";
import { test } from "node:test";

import { errors, makeSeries } from "../../src/rnnbook/widgets/js/prevoir.js";

test("le bruit s’ajoute sans changer les sinusoïdes", () => {
  const [clean, noisy] = [makeSeries(3, 0), makeSeries(3, 0.2)];
  assert.equal(clean.length, 60);
  const gaps = clean.map((value, t) => Math.abs(noisy[t] - value));
  assert.ok(Math.max(...gaps) <= 0.1);
  assert.ok(Math.max(...gaps) > 0.05);
});

test("l’erreur porte sur les pas prévus, et le naïf répète la dernière valeur lue", () => {
  const series = [...new Array(50).fill(1), 2, 4, ...new Array(8).fill(9)];
  assert.deepEqual(errors(series, [2, 3, 0, 0, 0, 0, 0, 0, 0, 0], 2), [0.5, 5]);
});
