import { clsx } from "clsx";
import { ArrowDown, ArrowRight, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { type Direction, direction } from "@/lib/format";

const looks: Record<Direction, { Icon: typeof ArrowUp; className: string }> = {
  up: { Icon: ArrowUp, className: "text-up" },
  down: { Icon: ArrowDown, className: "text-down" },
  flat: { Icon: ArrowRight, className: "text-muted" },
};

/** A change with its direction as an arrow, a sign and a colour. */
export function Change({ value, children }: { value: number; children: ReactNode }) {
  const { Icon, className } = looks[direction(value)];
  return (
    <span className={clsx("inline-flex items-center gap-0.5 font-medium tabular-nums whitespace-nowrap", className)}>
      <Icon aria-hidden className="size-3.5" />
      {children}
    </span>
  );
}
