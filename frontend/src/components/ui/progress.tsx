interface ProgressProps {
  /** From 0 to 1. */
  value: number;
  label: string;
}

export function Progress({ value, label }: ProgressProps) {
  return (
    <progress
      value={value}
      max={1}
      aria-label={label}
      className="h-1.5 w-full appearance-none overflow-hidden rounded-full border-0 bg-raised ring-1 ring-line [&::-moz-progress-bar]:bg-accent-solid [&::-webkit-progress-bar]:bg-transparent [&::-webkit-progress-value]:rounded-full [&::-webkit-progress-value]:bg-accent-solid [&::-webkit-progress-value]:transition-[inline-size] [&::-webkit-progress-value]:duration-300"
    />
  );
}
