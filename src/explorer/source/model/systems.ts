// Systems in the one order in which pages have them as columns.

import { entitiesOf, tablesBySystem } from "./entities";
import { compareText, type Pack } from "./pack";

/** From so many systems on, those that have most come first: nobody sees all at once. */
export const MANY = 15;

const known = new WeakMap<Pack, readonly number[]>();

/**
 * All systems: by name, or where they are many those with tables of most entities first, then those with
 * most links. It depends on nothing that a reader chooses: a system stays where it is.
 */
export function systemsInOrder(pack: Pack): readonly number[] {
  let order = known.get(pack);
  if (!order) {
    const byName = (x: number, y: number): number => compareNames(pack.name[x], pack.name[y]) || x - y;
    const systems = Array.from({ length: pack.first[1] }, (_, system) => system).sort(byName);
    if (systems.length >= MANY) {
      const [entities, links] = [timesInEntities(pack), linksOf(pack)];
      systems.sort((x, y) => entities[y] - entities[x] || links[y] - links[x] || 0);
    }
    known.set(pack, (order = systems));
  }
  return order;
}

/** Some of the systems in that order; the unknown one, -1, comes last. */
export function inSystemOrder(pack: Pack, some: Iterable<number>): number[] {
  const wanted = new Set(some);
  const found = systemsInOrder(pack).filter((system) => wanted.has(system));
  return wanted.has(-1) ? [...found, -1] : found;
}

/** Number of entities that each system has tables of. */
export function timesInEntities(pack: Pack): Int32Array {
  const times = new Int32Array(pack.first[1]);
  for (const entity of entitiesOf(pack).entities) {
    for (const system of tablesBySystem(pack, entity).keys()) if (system >= 0) times[system] += 1;
  }
  return times;
}

function linksOf({ first, nLinks, source, target, system }: Pack): Int32Array {
  const links = new Int32Array(first[1]);
  for (let link = 0; link < nLinks; link += 1) {
    for (const end of [source[link], target[link]]) if (system[end] >= 0) links[system[end]] += 1;
  }
  return links;
}

/** Compare names by characters, but numbers in them by their size: "System 2" comes before "System 10". */
function compareNames(x: string, y: string): number {
  const [one, other] = [numbered(x), numbered(y)];
  return compareText(one, other) || compareText(x, y);
}

const DIGITS = 12;

const numbered = (name: string): string => name.replace(/\d+/g, (digits) => digits.padStart(DIGITS, "0"));
