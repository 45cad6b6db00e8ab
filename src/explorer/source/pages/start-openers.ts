// What the names on Start lead to.

import { everyConcept, openConcept, openPage, openTable, type App } from "../app/app";

export const openers = (app: App) => ({
  entity: (table: number) => openPage(app, "concepts", { ...everyConcept, entity: table }),
  concept: (member: number) => openConcept(app, member),
  place: (node: number) => openTable(app, node),
});
