/** The browser's own popover below the right end of the page's header: Escape and a click elsewhere close it. */
import { clsx } from "clsx";
import { type ReactNode, useId, useState } from "react";
import { buttonClass } from "./button";

interface HeaderPopoverProps {
  /** Names the popover, and the button too when `button` holds no text. */
  label: string;
  button: ReactNode;
  buttonLabel?: string;
  shape?: "sm" | "icon";
  className?: string;
  children: ReactNode;
}

export function HeaderPopover({ label, button, buttonLabel, shape = "icon", className, children }: HeaderPopoverProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" popoverTarget={id} aria-label={buttonLabel} className={buttonClass("ghost", shape)}>
        {button}
      </button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        onToggle={(event) => setOpen(event.newState === "open")}
        className={clsx(
          "inset-auto top-14 right-3 m-0 overflow-hidden rounded-xl border border-line bg-surface text-ink shadow-overlay lg:right-6",
          className,
        )}
      >
        {open && children}
      </div>
    </>
  );
}
