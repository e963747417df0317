import { Toggle } from "@base-ui/react/toggle";
import { ToggleGroup } from "@base-ui/react/toggle-group";
import { clsx } from "clsx";

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; title?: string }[];
  onChange: (value: T) => void;
  className?: string;
}

/** One of a few choices, all in sight. */
export function Segmented<T extends string>({ label, value, options, onChange, className }: SegmentedProps<T>) {
  return (
    <ToggleGroup
      aria-label={label}
      value={[value]}
      onValueChange={([next]) => {
        const chosen = options.find((option) => option.value === next);
        if (chosen) onChange(chosen.value);
      }}
      className={clsx("inline-flex rounded-lg border border-line bg-raised p-0.5", className)}
    >
      {options.map((option) => (
        <Toggle
          key={option.value}
          value={option.value}
          title={option.title}
          className="h-7 min-w-8 rounded-md px-2 text-xs font-medium whitespace-nowrap text-muted hover:text-ink data-pressed:bg-surface data-pressed:text-ink data-pressed:shadow-card data-pressed:ring-1 data-pressed:ring-line"
        >
          {option.label}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
