import assert from "node:assert/strict";
import { test } from "node:test";

import { explain, halves, readWords, seen, states, wordValue } from "../../src/rnnbook/widgets/js/sens.js";

test("la phrase se découpe aux espaces, et une faute est nommée", () => {
  assert.deepEqual(readWords("  un  deux "), { words: ["un", "deux"] });
  assert.match(readWords("").error, /Écrivez/);
  assert.match(readWords("a b c d e f g h").error, /8 mots/);
  assert.match(readWords("anticonstitutionnellement").error, /trop long/);
  assert.equal(wordValue("clés"), 0);
});

test("le dernier mot change tous les états arrière, et un seul état avant", () => {
  const [a, b] = ["trois", "quatorze"].map((last) => states(["un", "deux", last], [1, 1], [0.7, 0.7]));
  assert.deepEqual(a.map(([forward], t) => forward !== b[t][0]), [false, false, true]);
  assert.deepEqual(a.map(([, backward], t) => backward !== b[t][1]), [true, true, true]);
});

test("output[t] au dernier pas n'a lu qu'un mot à rebours, h_n a tout lu", () => {
  assert.deepEqual(seen("output", 3, 3), [[true, true, true], [false, false, true]]);
  assert.deepEqual(seen("h_n", 1, 3), [[true, true, true], [true, true, true]]);
  assert.deepEqual(halves("h_n", 2, 5), [[0, 4], [1, 0]]);
  assert.deepEqual(halves("backward", 9, 5), [[1, 4]]);
});

test("l'explication dit l'ordre de lecture et prévient du piège", () => {
  const words = ["un", "deux", "trois"];
  const values = states(words, [1, 1], [0.7, 0.7]);
  assert.match(explain("backward", 2, words, values)[0], /2 mots sur 3 : trois deux\./);
  assert.match(explain("output", 3, words, values)[2], /Ce n’est pas un résumé/);
  assert.equal(explain("output", 1, words, values).length, 2);
  assert.match(explain("h_n", 1, words, values)[2], /résumé de la phrase/);
});
