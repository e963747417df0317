import { LINES, type Look } from "./looks";

export function Legend({ items }: { items: readonly { look: Look; name: string }[] }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {items.map(({ look, name }) => (
        <li key={name} className="flex items-center gap-1.5">
          <svg aria-hidden="true" width="20" height="6">
            <line
              x1="0"
              x2="20"
              y1="3"
              y2="3"
              strokeWidth="2"
              strokeDasharray={LINES[look].dash}
              className={LINES[look].className}
            />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}
