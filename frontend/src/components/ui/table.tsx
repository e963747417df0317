import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";
import { ScrollRegion } from "./scroll-region";

interface TableProps {
  /** Says what the table holds, for those who can't see where it stands. */
  label: string;
  children: ReactNode;
  className?: string;
}

/** A table that scrolls sideways within itself, by keyboard too, and never widens the page. */
export function Table({ label, children, className }: TableProps) {
  return (
    <ScrollRegion label={label} className={clsx("overflow-x-auto", className)}>
      <table className="w-full border-collapse text-[13px] [&_tbody_tr]:border-t [&_tbody_tr]:border-line">
        {children}
      </table>
    </ScrollRegion>
  );
}

export function Th({ className, numeric, ...rest }: ComponentProps<"th"> & { numeric?: boolean }) {
  return (
    <th
      scope="col"
      className={clsx(
        "h-9 px-3 text-xs font-medium whitespace-nowrap text-muted first:pl-4 last:pr-4",
        numeric ? "text-right" : "text-left",
        className,
      )}
      {...rest}
    />
  );
}

export function Td({ className, numeric, ...rest }: ComponentProps<"td"> & { numeric?: boolean }) {
  return (
    <td
      className={clsx("h-11 px-3 first:pl-4 last:pr-4", numeric && "text-right whitespace-nowrap", className)}
      {...rest}
    />
  );
}

/** A term and what it is. */
export function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-[13px] [&_dd]:min-w-0 [&_dd]:text-right [&_dt]:text-muted">
      {children}
    </dl>
  );
}
