import { Progress as BaseProgress } from "@base-ui/react/progress";

interface ProgressProps {
  /** From 0 to 1. */
  value: number;
  label: string;
}

export function Progress({ value, label }: ProgressProps) {
  return (
    <BaseProgress.Root value={Math.round(value * 100)} aria-label={label} className="w-full">
      <BaseProgress.Track className="h-1.5 overflow-hidden rounded-full bg-raised ring-1 ring-line">
        <BaseProgress.Indicator className="h-full rounded-full bg-accent-solid transition-[width] duration-300" />
      </BaseProgress.Track>
    </BaseProgress.Root>
  );
}
