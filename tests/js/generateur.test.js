import assert from "node:assert/strict";
import { test } from "node:test";

import { label, normalise } from "../../src/rnnbook/widgets/js/generateur.js";

test("un début se ramène à l'alphabet du réseau, accents gardés", () => {
  assert.deepEqual(normalise("Châteauneuf"), { letters: "châteauneuf" });
  assert.deepEqual(normalise("L’E\u0301glise"), { letters: "l'église" });
  assert.deepEqual(normalise(""), { letters: "" });
});

test("un début fautif dit ce qui ne va pas", () => {
  assert.match(normalise("Paris 7").error, /« 7 »/);
  assert.match(normalise("a".repeat(16)).error, /16 signes/);
  assert.match(normalise("- '").error, /au moins une lettre/);
});

test("la fin et l'espace ont un nom", () => {
  assert.deepEqual([0, 1, 41, 43].map(label), ["fin", "a", "espace", "-"]);
});
