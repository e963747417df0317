/** Languages: English and Traditional Chinese, remembered, with the document's `lang` kept right. */
import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import { readPreference, writePreference } from "@/lib/preferences";
import en from "./en.json";

export const LANGUAGES = { en: "English", "zh-TW": "繁體中文" } as const;
export type Language = keyof typeof LANGUAGES;

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

function isLanguage(value: string | null): value is Language {
  return value !== null && value in LANGUAGES;
}

function preferred(): Language {
  const stored = readPreference("language");
  if (isLanguage(stored)) return stored;
  return navigator.languages.some((language) => /^zh\b/i.test(language)) ? "zh-TW" : "en";
}

/** The Chinese catalogue is fetched by those who read Chinese alone. */
async function load(language: Language): Promise<void> {
  if (language === "en" || i18next.hasResourceBundle(language, "translation")) return;
  const catalogue = await import("./zh-TW.json");
  i18next.addResourceBundle(language, "translation", catalogue.default);
}

async function activate(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await activate(preferred());
  // Names in Chinese stand in the English page too; their font may come after everything else.
  const loadFont = () => void import("./fonts-zh");
  if (document.readyState === "complete") loadFont();
  else addEventListener("load", loadFont, { once: true });
}

export async function setLanguage(language: Language): Promise<void> {
  writePreference("language", language);
  await activate(language);
}

/** The language that is shown now, as a BCP 47 tag for Intl. */
export function useLocale(): Language {
  const { i18n } = useTranslation();
  return isLanguage(i18n.language) ? i18n.language : "en";
}
