import assert from "node:assert/strict";
import { test } from "node:test";

import { numberWords, parse } from "../../src/rnnbook/widgets/js/alignement.js";

test("les nombres s'écrivent comme en français", () => {
  const said = (n) => numberWords(n).join(" ");
  assert.equal(said(71), "soixante et onze");
  assert.equal(said(80), "quatre vingts");
  assert.equal(said(97), "quatre vingt dix sept");
  assert.equal(said(80200), "quatre vingt mille deux cents");
  assert.equal(said(200_000_001), "deux cents millions un");
  assert.equal(said(1_001_021), "un million mille vingt et un");
});

test("ce qui est tapé se lit, ou dit ce qui ne va pas", () => {
  assert.deepEqual(parse(" 1 200 "), { number: 1200 });
  assert.match(parse("").error, /Écrivez/);
  assert.match(parse("12a").error, /chiffres/);
  assert.match(parse("0").error, /De 1/);
  assert.match(parse("1000000000").error, /De 1/);
});
