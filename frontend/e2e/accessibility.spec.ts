import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Language, PAGES, THEMES, test } from "./page.ts";

const LANGUAGES: Language[] = ["en", "zh-TW"];

for (const theme of THEMES) {
  for (const language of LANGUAGES) {
    for (const { name, path, ready } of PAGES) {
      test(`axe finds nothing on ${name}, ${theme}, ${language}`, async ({ page }) => {
        await page.addInitScript(
          ([chosenTheme, chosenLanguage]) => {
            localStorage.setItem("bellwether.theme", chosenTheme ?? "");
            localStorage.setItem("bellwether.language", chosenLanguage ?? "");
          },
          [theme, language],
        );
        await page.goto(path);
        await page.locator(ready).first().waitFor();
        await expect(page.locator("[aria-hidden].animate-pulse")).toHaveCount(0);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) }))).toEqual([]);
      });
    }
  }
}
