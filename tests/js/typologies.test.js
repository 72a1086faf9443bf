import assert from "node:assert/strict";
import { test } from "node:test";

import { answers, dependencies, explain, readWord, timeline } from "../../src/rnnbook/widgets/js/typologies.js";

const map = (plan) => dependencies(plan).map((row) => row.map(Number).join(""));

test("le mot se lit sans accent ni majuscule, et une faute est nommée", () => {
  assert.deepEqual(readWord(" Été "), { word: "ete" });
  assert.match(readWord("").error, /Écrivez/);
  assert.match(readWord("a1").error, /« 1 »/);
  assert.match(readWord("bateaux").error, /7 lettres/);
});

test("chaque typologie a sa carte", () => {
  assert.deepEqual(map(timeline("many_to_one", "mer", 0, 0)), ["111"]);
  assert.deepEqual(map(timeline("one_to_many", "mer", 2, 0)), ["1", "1", "1", "1", "1"]);
  assert.deepEqual(map(timeline("synchronous", "mer", 0, 0)), ["100", "110", "111"]);
  assert.deepEqual(map(timeline("delayed", "mer", 0, 1)), ["1100", "1110", "1111"]);
  assert.deepEqual(map(timeline("encoder_decoder", "mer", 0, 0)), ["111", "111", "111", "111"]);
});

test("une réponse dont la suite n'est pas lue reste inconnue", () => {
  assert.deepEqual(answers(timeline("delayed", "mer", 0, 0)), ["?", "?", "?"]);
  assert.deepEqual(answers(timeline("delayed", "mer", 0, 1)), ["e", "r", "fin"]);
  assert.deepEqual(answers(timeline("encoder_decoder", "papa", 0, 0)), ["a", "p", "fin"]);
});

test("chaque pas dit ce qui entre, ce qui sort et ce qui est lu", () => {
  const plan = timeline("encoder_decoder", "mer", 0, 0);
  assert.match(explain(plan, 0), /Rien n’est encore lu/);
  assert.match(explain(plan, 2), /Entre « e » ; rien ne sort/);
  assert.match(explain(plan, 4), /Entre « · » \(le départ\) ; sort « e »/);
  assert.match(explain(plan, 5), /Entre « e » \(la sortie précédente\) ; sort « m ». .* 3 entrées sur 3 : m e r/);
  assert.match(explain(timeline("delayed", "mer", 0, 0), 1), /augmentez le retard/);
});
