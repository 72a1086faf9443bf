import assert from "node:assert/strict";
import { test } from "node:test";

import { errors, inField, straightLine, throwBall } from "../../src/rnnbook/widgets/js/balle.js";
import { normalPair, uniforms } from "../../src/rnnbook/widgets/js/hasard.js";

test("une même graine donne les mêmes tirages, entre 0 et 1", () => {
  const [one, same, other] = [uniforms(7), uniforms(7), uniforms(8)];
  const numbers = Array.from({ length: 100 }, one);
  assert.deepEqual(numbers, Array.from({ length: 100 }, same));
  assert.notEqual(numbers[0], other());
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
});

test("un tirage normal reste fini quand le tirage uniforme vaut 0", () => {
  assert.ok(normalPair(() => 0).every(Number.isFinite));
});

test("la droite passe par des points alignés et continue", () => {
  const next = straightLine([[0, 0], [1, 2], [2, 4]]);
  assert.deepEqual(next, [3, 6]);
  assert.deepEqual(straightLine([[0.5, -1]]), [0.5, -1]);
});

test("sans bruit, deux images donnent la position suivante", () => {
  const { seen, next } = throwBall(3, 2, 0);
  assert.equal(seen.length, 2);
  const { last, line } = errors([0, 0], seen, next);
  assert.ok(line < 1e-12);
  assert.ok(last >= 0.2 && last <= 0.3);
});

test("une réponse reste dans le terrain, au centième", () => {
  assert.deepEqual(inField([0.123, -7]), [0.12, -2]);
});
