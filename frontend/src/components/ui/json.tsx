import { ScrollRegion } from "./scroll-region";

/** Data without a shape of its own, as it came. */
export function Json({ title, value }: { title: string; value: unknown }) {
  return (
    <details className="text-[13px]">
      <summary className="w-fit rounded font-semibold">{title}</summary>
      <ScrollRegion label={title} className="mt-2 max-h-80 overflow-auto rounded-lg border border-line bg-raised p-3">
        <pre className="font-mono text-xs">{JSON.stringify(value, null, 2)}</pre>
      </ScrollRegion>
    </details>
  );
}
