import assert from "node:assert/strict";
import { test } from "node:test";

import { decimal } from "../../src/rnnbook/widgets/js/commun.js";

test("decimal écrit la virgule et le vrai signe moins", () => {
  assert.equal(decimal(0.5), "0,50");
  assert.equal(decimal(-1.25, 1), "−1,3");
  assert.equal(decimal(12, 0), "12");
});

test("decimal n'écrit jamais un zéro négatif", () => {
  assert.equal(decimal(-0.001), "0,00");
  assert.equal(decimal(-0), "0,00");
  assert.equal(decimal(-0.005, 3), "−0,005");
});
