/** The frame around every page: navigation, search, live state, settings. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { systemQuery } from "@/api/system";
import { Toasts } from "@/components/ui/toast";
import { Brand } from "./brand";
import { LiveStrip } from "./live-strip";
import { Nav } from "./nav";
import { LanguageSwitch, SettingsMenu } from "./settings-menu";
import { SymbolSearch } from "./symbol-search";

function Version() {
  const { data } = useQuery(systemQuery);
  const { t } = useTranslation();
  if (!data) return null;
  return (
    <p className="px-2.5 text-xs text-muted">
      {t("shell.version", { version: data.version, commit: data.git_commit.slice(0, 7) })}
    </p>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="lg:grid lg:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only z-60 rounded-lg bg-accent-solid px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t("shell.skip")}
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col gap-6 border-r border-line px-3 py-4 lg:flex">
        <Brand />
        <Nav shape="side" />
        <div className="mt-auto flex flex-col gap-2">
          <p className="px-2.5 text-xs text-muted">{t("shell.notAdvice")}</p>
          <Version />
        </div>
      </aside>
      <div className="flex min-w-0 flex-col">
        <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-b border-line bg-canvas/90 px-4 backdrop-blur lg:px-6">
          <div className="shrink-0 lg:hidden [&_span]:sr-only">
            <Brand />
          </div>
          <SymbolSearch />
          <div className="ml-auto flex shrink-0 items-center gap-0.5">
            <LiveStrip />
            <LanguageSwitch />
            <SettingsMenu />
          </div>
        </header>
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-[110rem] px-4 pt-5 pb-24 outline-none lg:px-6 lg:pb-10"
        >
          {children}
        </main>
      </div>
      <div className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface lg:hidden">
        <Nav shape="bottom" />
      </div>
      <Toasts />
    </div>
  );
}
