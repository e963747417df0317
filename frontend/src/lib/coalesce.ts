/** Runs an action soon after it was asked for, once however often that was. */
export function coalesce(action: () => void, withinMs: number): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      action();
    }, withinMs);
  };
}
