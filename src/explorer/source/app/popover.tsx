// A button with a small panel that belongs to it.

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export function Popover({ label, title, isActive, keys, children }: {
  label: string;
  /** Name of the panel. */
  title: string;
  /** Whether what it holds is not as in the beginning. */
  isActive: boolean;
  /** The key that opens it. */
  keys?: string;
  children: () => JSX.Element;
}): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    // A click on a word gives the keyboard to what is around the panel: that is no leaving of it.
    let isPressed = false;
    const outside = ({ target }: Event): void => {
      const isAround = target instanceof Node && box.current !== null && target.contains(box.current);
      if (!(isPressed && isAround) && !box.current?.contains(target as Node)) setOpen(false);
    };
    const press = ({ target }: Event): void => {
      isPressed = box.current?.contains(target as Node) ?? false;
      if (!isPressed) setOpen(false);
    };
    const release = (): void => {
      isPressed = false;
    };
    document.addEventListener("click", release);
    document.addEventListener("pointerdown", press);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("click", release);
      document.removeEventListener("pointerdown", press);
      document.removeEventListener("focusin", outside);
    };
  }, [isOpen]);
  // In a layout effect: no key may go elsewhere before the panel has the focus.
  useLayoutEffect(() => {
    if (!isOpen || !panel.current) return;
    panel.current.querySelector<HTMLElement>("input, button")?.focus();
    const { right, left } = panel.current.getBoundingClientRect();
    const over = right - (document.documentElement.clientWidth - 8);
    if (over > 0) panel.current.style.transform = `translateX(${-Math.min(over, left - 8)}px)`;
  }, [isOpen]);
  return (
    <div
      class="popover"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        setOpen(false);
        button.current?.focus();
        event.preventDefault();
      }}
    >
      <button type="button" ref={button} aria-keyshortcuts={keys} aria-expanded={isOpen} class={isActive ? "is-active" : ""} onClick={() => setOpen(!isOpen)}>
        <bdi>{label}</bdi> <span aria-hidden="true">{"\u25be"}</span>
      </button>
      {isOpen && (
        <div class="popover-panel card" role="dialog" aria-label={title} ref={panel}>
          {children()}
        </div>
      )}
    </div>
  );
}
