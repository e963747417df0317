/** Short words about what was just done, for the eye and for screen readers. */
import { lazy, Suspense, useSyncExternalStore } from "react";

export interface ToastWords {
  type: "done" | "failed";
  title: string;
  description: string | undefined;
}

const ToastHost = lazy(() => import("./toast-host"));
const subscribers = new Set<() => void>();
const waiting: ToastWords[] = [];
let deliver: ((toast: ToastWords) => void) | null = null;
let wanted = false;

function show(toast: ToastWords): void {
  if (deliver) {
    deliver(toast);
    return;
  }
  waiting.push(toast);
  wanted = true;
  for (const subscriber of subscribers) subscriber();
}

/** Gives every toast to `receiver` from now on, those first that waited for it. */
export function receiveToasts(receiver: (toast: ToastWords) => void): () => void {
  deliver = receiver;
  for (const toast of waiting.splice(0)) receiver(toast);
  return () => {
    deliver = null;
  };
}

export const notify = {
  done: (title: string, description?: string) => show({ type: "done", title, description }),
  failed: (title: string, description?: string) => show({ type: "failed", title, description }),
};

function subscribe(subscriber: () => void): () => void {
  subscribers.add(subscriber);
  return () => subscribers.delete(subscriber);
}

/** The place of the toasts; nothing is loaded until there is one. */
export function Toasts() {
  const needed = useSyncExternalStore(subscribe, () => wanted);
  return <Suspense>{needed && <ToastHost />}</Suspense>;
}
