import assert from "node:assert/strict";
import { test } from "node:test";

import { largest, normalise } from "../../src/rnnbook/widgets/js/devine.js";

test("un nom se ramène à l'alphabet du réseau", () => {
  assert.deepEqual(normalise("  Nováková "), { letters: "novakova" });
  assert.deepEqual(normalise("Straße-Łódź"), { letters: "strasse-lodz" });
  assert.deepEqual(normalise("O’Neill"), { letters: "o'neill" });
});

test("un nom fautif dit ce qui ne va pas", () => {
  assert.match(normalise(" ").error, /Écrivez/);
  assert.match(normalise("Иванов").error, /« И » n’est pas une lettre latine/);
  assert.match(normalise("a".repeat(21)).error, /21 lettres/);
});

test("les plus grandes valeurs viennent dans l'ordre, les premières d'abord à égalité", () => {
  assert.deepEqual(largest([0.1, 0.5, 0.2, 0.5], 3), [1, 3, 2]);
});
