import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";

const control =
  "w-full min-w-0 rounded-lg border border-line-strong bg-surface px-3 text-sm text-ink placeholder:text-muted disabled:opacity-60";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A label around its control, so that the two can't be parted. */
export function Field({ label, hint, children, className }: FieldProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child.
    <label className={clsx("flex min-w-0 flex-col gap-1.5 text-[13px] font-medium", className)}>
      {label}
      {children}
      {hint && <span className="text-xs font-normal text-muted">{hint}</span>}
    </label>
  );
}

export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select className={clsx(control, "h-9 pr-8", className)} {...rest} />;
}

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={clsx(control, "h-9", className)} {...rest} />;
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea className={clsx(control, "min-h-20 py-2", className)} {...rest} />;
}
