/** Shortcuts; those of one key alone stay silent while somebody types. */
import { useEffect, useEffectEvent } from "react";

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** A key press as `ctrl+k` or `/`. */
function combination({ ctrlKey, metaKey, altKey, key }: KeyboardEvent): string {
  return [ctrlKey && "ctrl", metaKey && "meta", altKey && "alt", key.toLowerCase()].filter(Boolean).join("+");
}

export function useShortcut(combinations: readonly string[], action: () => void): void {
  const run = useEffectEvent((event: KeyboardEvent) => {
    const pressed = combination(event);
    if (!combinations.includes(pressed) || (pressed.length === 1 && isTyping(event.target))) return;
    event.preventDefault();
    action();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => run(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
