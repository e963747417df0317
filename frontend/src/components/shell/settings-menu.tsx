/** Theme and language. */
import { Popover } from "@base-ui/react/popover";
import { Languages, SlidersHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { buttonClass } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { LANGUAGES, type Language, setLanguage, useLocale } from "@/i18n";
import { setTheme, THEMES, useThemeChoice } from "@/lib/theme";

export function LanguageSwitch() {
  const { t } = useTranslation();
  const locale = useLocale();
  const other: Language = locale === "en" ? "zh-TW" : "en";
  return (
    <button
      type="button"
      lang={other}
      title={t("settings.language")}
      className={buttonClass("ghost", "sm")}
      onClick={() => void setLanguage(other)}
    >
      <Languages aria-hidden className="size-4" />
      <span>{LANGUAGES[other]}</span>
    </button>
  );
}

export function SettingsMenu() {
  const { t } = useTranslation();
  const choice = useThemeChoice();
  return (
    <Popover.Root>
      <Popover.Trigger aria-label={t("settings.label")} className={buttonClass("ghost", "icon")}>
        <SlidersHorizontal aria-hidden className="size-4" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={6} className="z-50">
          <Popover.Popup
            aria-label={t("settings.label")}
            className="flex flex-col gap-2 rounded-xl border border-line bg-surface p-3 shadow-overlay outline-none"
          >
            <p className="text-xs font-medium text-muted">{t("settings.theme")}</p>
            <Segmented
              label={t("settings.theme")}
              value={choice}
              options={THEMES.map((theme) => ({ value: theme, label: t(`theme.${theme}`) }))}
              onChange={setTheme}
            />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
