/** Light, dark or the system's theme. `public/theme.js` sets the first one before the first paint. */
import { useSyncExternalStore } from "react";
import { readPreference, writePreference } from "./preferences";

export const THEMES = ["system", "light", "dark"] as const;
export type ThemeChoice = (typeof THEMES)[number];
export type Theme = "light" | "dark";

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let choice = parseChoice(readPreference("theme"));

function parseChoice(stored: string | null): ThemeChoice {
  return THEMES.find((theme) => theme === stored) ?? "system";
}

function resolved(): Theme {
  if (choice !== "system") return choice;
  return systemDark.matches ? "dark" : "light";
}

function apply(): void {
  document.documentElement.dataset.theme = resolved();
  for (const listener of listeners) listener();
}

export function setTheme(next: ThemeChoice): void {
  choice = next;
  writePreference("theme", next);
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  systemDark.addEventListener("change", apply);
  return () => {
    listeners.delete(listener);
    if (!listeners.size) systemDark.removeEventListener("change", apply);
  };
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, () => choice);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, resolved);
}
