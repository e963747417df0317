/** What the reader chose and the browser remembers. */

const PREFIX = "bellwether.";

export function readPreference(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // Storage is closed to the page: the default holds for this visit.
  }
}

export function writePreference(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Storage is closed to the page: the choice holds for this visit alone.
  }
}
