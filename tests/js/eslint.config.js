// Les règles du JavaScript du livre. Les conventions des modules sont celles que rnnbook/widgets/bundle.py sait lire.
import js from "@eslint/js";
import globals from "globals";

const unsafe = ["innerHTML", "outerHTML", "insertAdjacentHTML", "cssText"].map((property) => ({
  selector: `MemberExpression[property.name='${property}']`,
  message: "Construisez les éléments avec html() et svg() : ni HTML en texte, ni style en ligne.",
}));

const conventions = [
  ["ImportDefaultSpecifier", "import par défaut"],
  ["ImportNamespaceSpecifier", "import * as"],
  ["ImportExpression", "import()"],
  ["MetaProperty", "import.meta"],
  ["ExportAllDeclaration", "export *"],
  ["ExportSpecifier", "export { … }"],
  ["ExportNamedDeclaration > VariableDeclaration[kind!='const']", "export let"],
  ["ExportNamedDeclaration > VariableDeclaration[declarations.length!=1]", "export de plusieurs constantes"],
  ["ExportNamedDeclaration > FunctionDeclaration[async=true]", "export async"],
  ["ExportNamedDeclaration > FunctionDeclaration[generator=true]", "export function*"],
].map(([selector, what]) => ({ selector, message: `${what} : les modules des figures ne l'emploient pas (voir bundle.py).` }));

const rules = {
  ...js.configs.recommended.rules,
  eqeqeq: "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-var": "error",
  "prefer-const": "error",
  "no-console": "error",
};

export default [
  { ignores: ["**/node_modules/**"] },
  {
    files: ["src/rnnbook/widgets/js/*.js"],
    ignores: ["src/rnnbook/widgets/js/hote.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    rules: { ...rules, "no-restricted-syntax": ["error", ...unsafe, ...conventions] },
  },
  {
    files: ["src/rnnbook/widgets/js/hote.js", "src/rnnbook_sphinx/static/**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "script", globals: { ...globals.browser, rnnbook: "writable", DOCUMENTATION_OPTIONS: "readonly" } },
    rules: { ...rules, "no-restricted-syntax": ["error", ...unsafe] },
  },
  {
    files: ["tests/js/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.node },
    rules,
  },
];
