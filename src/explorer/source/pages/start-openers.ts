// What the names on Start lead to.

import { everyConcept, openConcept, openOnMap, openPage, type App } from "../app/app";

export const openers = (app: App) => ({
  entity: (table: number) => openPage(app, "concepts", { ...everyConcept, entity: table }),
  concept: (member: number) => openConcept(app, member),
  place: (node: number) => openOnMap(app, { kind: "near", node, hops: 1 }),
});
