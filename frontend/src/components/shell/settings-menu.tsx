/** Theme and language. */
import { Languages, SlidersHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { buttonClass } from "@/components/ui/button";
import { HeaderPopover } from "@/components/ui/popover";
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
      <Languages aria-hidden className="hidden size-4 sm:block" />
      {LANGUAGES[other]}
    </button>
  );
}

export function SettingsMenu() {
  const { t } = useTranslation();
  const choice = useThemeChoice();
  return (
    <HeaderPopover
      label={t("settings.label")}
      button={<SlidersHorizontal aria-hidden className="size-4" />}
      buttonLabel={t("settings.label")}
      className="p-3"
    >
      <p className="pb-2 text-xs font-medium text-muted">{t("settings.theme")}</p>
      <Segmented
        label={t("settings.theme")}
        value={choice}
        options={THEMES.map((theme) => ({ value: theme, label: t(`theme.${theme}`) }))}
        onChange={setTheme}
      />
    </HeaderPopover>
  );
}
