import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";

const source = readFileSync(new URL("../../src/rnnbook/widgets/js/hote.js", import.meta.url), "utf8");

/** Une page minimale : des figures, et de quoi déclencher la fin du chargement. */
function openPage(...elements) {
  const errors = [];
  let loaded;
  const context = createContext({
    document: { addEventListener: (_, listener) => (loaded = listener), querySelectorAll: () => elements },
    reportError: (error) => errors.push(error),
  });
  runInContext(source, context);
  return { rnnbook: context.rnnbook, errors, load: () => loaded() };
}

function figure(name, state) {
  return {
    dataset: { figure: name, state: JSON.stringify(state) },
    childNodes: ["image fixe"],
    replaceChildren(...children) {
      this.childNodes = children;
    },
  };
}

test("le modèle prévient ceux qui suivent le trait changé, et eux seuls", () => {
  const { rnnbook } = openPage();
  const model = rnnbook.createModel({ a: 1, b: 2 });
  const heard = [];
  const onA = () => heard.push(["a", model.get("a")]);
  model.on("change:a", onA);
  model.on("change:b", () => heard.push(["b", model.get("b")]));
  model.set("a", 5);
  model.set("a", 5);
  model.save_changes();
  assert.deepEqual(heard, [["a", 5]]);
  model.off("change:a", onA);
  model.set("a", 6);
  model.set("b", 7);
  assert.deepEqual(heard, [["a", 5], ["b", 7]]);
});

test("un module reçoit ceux qui le précèdent, et sa figure prend la place de l'image fixe", () => {
  const element = figure("double", { x: 4 });
  const { rnnbook, load, errors } = openPage(element);
  rnnbook.define("commun", () => ({ twice: (x) => 2 * x }));
  rnnbook.define("double", ({ commun }) => ({
    render: ({ model, el }) => el.replaceChildren(commun.twice(model.get("x"))),
  }));
  load();
  assert.deepEqual(element.childNodes, [8]);
  assert.equal(element.dataset.ready, "");
  assert.deepEqual(errors, []);
});

test("une figure qui échoue laisse son image fixe et n'arrête pas les autres", () => {
  const broken = figure("casse", {});
  const fine = figure("bon", {});
  const { rnnbook, load, errors } = openPage(broken, fine);
  rnnbook.define("casse", () => ({
    render() {
      throw new Error("panne");
    },
  }));
  rnnbook.define("bon", () => ({ render: ({ el }) => el.replaceChildren("vivante") }));
  load();
  assert.deepEqual(broken.childNodes, ["image fixe"]);
  assert.equal("ready" in broken.dataset, false);
  assert.deepEqual(fine.childNodes, ["vivante"]);
  assert.deepEqual(errors.map((error) => error.message), ["panne"]);
});
