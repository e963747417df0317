/** The name that the reader signs with; remembered, and shown to others. */
import { useState } from "react";
import { readPreference, writePreference } from "./preferences";

export const MAX_NAME = 60;
const NOBODY = "operator";

/** A name as the API takes it: printable, of bounded length, never empty. */
export function signature(name: string | null): string {
  const printable = (name ?? "").replace(/[^ -~\u00a0-\ud7ff]/g, "").trim();
  return printable.slice(0, MAX_NAME) || NOBODY;
}

export function useActor(): readonly [string, (name: string) => void] {
  const [name, setName] = useState(() => readPreference("name") ?? "");
  const change = (next: string) => {
    writePreference("name", next);
    setName(next);
  };
  return [name, change];
}

/** Who acts now. */
export function actor(): string {
  return signature(readPreference("name"));
}
