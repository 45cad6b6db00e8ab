// Signs that say the same without colour: decisions, contradictions, keys, systems.

import type { JSX } from "preact";
import { APPROVED, REJECTED, SUGGESTED } from "../generated";
import { badgeOf } from "../model/badges";
import type { Pack } from "../model/pack";

type Sign = "approved" | "suggested" | "rejected" | "contradiction" | "key" | "search" | "other";

const SHAPES: Record<Sign, JSX.Element> = {
  approved: (
    <>
      <circle cx="8" cy="8" r="6.5" fill="currentColor" />
      <path d="M5 8.2 7.2 10.4 11 6" fill="none" stroke="var(--card)" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" />
    </>
  ),
  suggested: <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2.6 2.1" />,
  rejected: (
    <>
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.4" />
      <path d="M5.6 5.6 10.4 10.4M10.4 5.6 5.6 10.4" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" />
    </>
  ),
  contradiction: (
    <>
      <path d="M8 1.6 15 14H1Z" fill="currentColor" stroke="currentColor" stroke-width="1" stroke-linejoin="round" />
      <path d="M8 6V9.6M8 11.4V12.4" stroke="var(--card)" stroke-width="1.6" />
    </>
  ),
  key: (
    <>
      <circle cx="4.6" cy="8" r="2.6" fill="none" stroke="currentColor" stroke-width="1.5" />
      <path d="M7.2 8H14.4V10.6M11.4 8V10" fill="none" stroke="currentColor" stroke-width="1.5" />
    </>
  ),
  search: (
    <>
      <circle cx="6.8" cy="6.8" r="4.6" fill="none" stroke="currentColor" stroke-width="1.7" />
      <path d="M10.4 10.4 14.4 14.4" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />
    </>
  ),
  other: <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.4" />,
};

const SIGN_OF: Record<number, Sign> = { [SUGGESTED]: "suggested", [APPROVED]: "approved", [REJECTED]: "rejected" };

export const signOf = (status: number): Sign => SIGN_OF[status] ?? "other";

/** A sign; `says` is its word for screen readers, needed where no text beside it says the same. */
export function Icon({ sign, says = "" }: { sign: Sign; says?: string }): JSX.Element {
  return (
    <span class={`icon-sign is-${sign}`} {...(says && { title: says })}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">{SHAPES[sign]}</svg>
      {says && <span class="visually-hidden">{says}</span>}
    </span>
  );
}

/** Number of systems that have a colour of their own. */
const COLOURED = 8;

/** Two letters of a system, in its colour; its name is read where no text beside it says it. */
export function Badge({ pack, system, named = false }: { pack: Pack; system: number; named?: boolean }): JSX.Element {
  const name = system < 0 ? "unknown system" : pack.name[system];
  return (
    <span class={`badge-system${system >= 0 && system < COLOURED ? ` b${system}` : ""}`} title={name}>
      <span aria-hidden="true">{badgeOf(pack, system)}</span>
      {!named && <span class="visually-hidden">{name} </span>}
    </span>
  );
}

/** A key on the keyboard, as it stands on buttons. */
export function Key({ children }: { children: string }): JSX.Element {
  return <kbd class="key" aria-hidden="true">{children}</kbd>;
}
