import type { ComponentProps } from "react";

/** A part of the page that scrolls by itself: it takes the focus, so that the keyboard scrolls it too. */
export function ScrollRegion({ label, ...rest }: ComponentProps<"section"> & { label: string }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: without the focus there is no scrolling by keyboard.
  return <section aria-label={label} tabIndex={0} {...rest} />;
}
