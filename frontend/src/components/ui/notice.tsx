import { clsx } from "clsx";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const looks = {
  info: { Icon: Info, className: "border-line bg-raised text-ink" },
  warn: { Icon: TriangleAlert, className: "border-warn-line bg-warn-soft text-warn" },
  bad: { Icon: CircleAlert, className: "border-transparent bg-bad-soft text-down" },
} as const;

export function Notice({ tone, children }: { tone: keyof typeof looks; children: ReactNode }) {
  const { Icon, className } = looks[tone];
  return (
    <div className={clsx("flex gap-2 rounded-lg border px-3 py-2 text-[13px] leading-5", className)}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 break-words">{children}</div>
    </div>
  );
}
