import { clsx } from "clsx";
import type { ComponentProps } from "react";

/** A part of the page that scrolls by itself: it takes the focus, so that the keyboard scrolls it too. */
export function ScrollRegion({ label, className, ...rest }: ComponentProps<"div"> & { label: string }) {
  return (
    // `relative` keeps texts for screen readers alone, which are placed absolutely, inside what scrolls.
    // biome-ignore lint/a11y/useSemanticElements: it groups no form fields, and is no landmark of the page.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without the focus there is no scrolling by keyboard.
    <div role="group" aria-label={label} tabIndex={0} className={clsx("relative", className)} {...rest} />
  );
}
