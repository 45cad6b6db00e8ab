// A box to type a score into.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

interface Props {
  label: string;
  /** The score in use, which the box shows while nobody types. */
  value: string;
  /** Take what was typed, when the reader has finished. */
  onTake?: (score: number) => void;
  /** Take what is typed, as it is typed. */
  onType?: (score: number) => void;
  step?: string;
  placeholder?: string;
}

/** The score that a text says, if it is one. */
function scoreOf(text: string): number | null {
  const value = Number(text);
  return text.trim() && value >= 0 && value <= 1 ? value : null;
}

/** A number of 0 to 1. What is typed stays while the page is drawn anew; what is no score gives way to the one in use. */
export function ScoreBox({ label, value, onTake, onType, step = "0.005", placeholder }: Props): JSX.Element {
  const [typed, setTyped] = useState<string | null>(null);
  const give = (text: string, take: Props["onTake"]) => {
    const score = scoreOf(text);
    if (score !== null) take?.(score);
  };
  return (
    <input
      type="number"
      min="0"
      max="1"
      step={step}
      aria-label={label}
      value={typed ?? value}
      {...(placeholder ? { placeholder } : {})}
      onInput={({ currentTarget: { value: text } }) => {
        setTyped(text);
        if (text === "") onType?.(0);
        else give(text, onType);
      }}
      onChange={(event) => {
        give(event.currentTarget.value, onTake);
        setTyped(null);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
