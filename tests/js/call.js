// Appelle des fonctions d'un module de figure pour les tests Python.
// Entrée : { module, calls: [[fonction, arguments], …] } en JSON ; sortie : la liste des résultats.
import { readFileSync } from "node:fs";

const { module, calls } = JSON.parse(readFileSync(0, "utf8"));
const functions = await import(new URL(`../../src/rnnbook/widgets/js/${module}.js`, import.meta.url));
process.stdout.write(JSON.stringify(calls.map(([name, args]) => functions[name](...args))));
