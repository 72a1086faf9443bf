// L'hôte des figures dans la page du livre : il donne à chaque module ce que Jupyter lui donnerait.
// C'est un script classique, parce qu'une page ouverte en file:// ne peut pas charger de module ES.
"use strict";

globalThis.rnnbook = (() => {
  const modules = {};

  /** Un modèle sans noyau : la part de l'interface d'anywidget dont les figures ont besoin. */
  function createModel(state) {
    const listeners = new Map();
    return {
      get: (key) => state[key],
      set(key, value) {
        if (state[key] === value) return;
        state[key] = value;
        for (const listener of [...(listeners.get(`change:${key}`) ?? [])]) listener();
      },
      save_changes() {},
      on(event, listener) {
        if (!listeners.has(event)) listeners.set(event, new Set());
        listeners.get(event).add(listener);
      },
      off(event, listener) {
        listeners.get(event)?.delete(listener);
      },
    };
  }

  /** Monte une figure à la place de son image fixe ; en cas d'erreur, l'image fixe revient. */
  function mount(element) {
    const { figure, state } = element.dataset;
    const still = [...element.childNodes];
    element.replaceChildren();
    try {
      modules[figure].render({ model: createModel(JSON.parse(state)), el: element });
      element.dataset.ready = "";
    } catch (error) {
      element.replaceChildren(...still);
      reportError(error);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll(".rnn-figure[data-figure]")) mount(element);
  });

  return {
    /** Reçoit un module : son nom et la fonction qui le fabrique à partir des modules déjà reçus. */
    define(name, factory) {
      modules[name] = factory(modules);
    },
    createModel,
    mount,
  };
})();
