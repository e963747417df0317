import type { ReactNode } from "react";

interface PageProps {
  title: string;
  intro?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

export function Page({ title, intro, action, children }: PageProps) {
  return (
    <div className="flex flex-col gap-5">
      <title>{`${title} · Bellwether`}</title>
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-[-0.02em]">{title}</h1>
          {intro && <p className="mt-1 max-w-[70ch] text-sm text-muted">{intro}</p>}
        </div>
        {action}
      </header>
      {children}
    </div>
  );
}
