import { clsx } from "clsx";
import { type ReactNode, useId } from "react";

interface CardProps {
  title: ReactNode;
  /** Stands right of the title. */
  action?: ReactNode;
  children: ReactNode;
  className?: string;
  bodyClassName?: string;
}

export function Card({ title, action, children, className, bodyClassName }: CardProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={clsx("flex min-w-0 flex-col rounded-xl border border-line bg-surface shadow-card", className)}
    >
      <header className="flex min-h-12 flex-wrap items-center justify-between gap-x-3 gap-y-2 px-4 pt-3 pb-2">
        <h2 id={id} className="text-sm font-semibold tracking-[-0.01em]">
          {title}
        </h2>
        {action}
      </header>
      <div className={clsx("min-w-0 flex-1", bodyClassName ?? "px-4 pb-4")}>{children}</div>
    </section>
  );
}
