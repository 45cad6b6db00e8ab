// What the names on Start lead to.

import { everyConcept, openConcept, openLink, openPage, openTable, type App } from "../app/app";

export const openers = (app: App) => ({
  entity: (table: number) => openPage(app, "concepts", { ...everyConcept, entity: table }),
  link: (link: number) => openLink(app, link),
  concept: (member: number) => openConcept(app, member),
  place: (node: number) => openTable(app, node),
});
