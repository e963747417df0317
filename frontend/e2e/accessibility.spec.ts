import { AxeBuilder } from "@axe-core/playwright";
import { alertBook, hasAlertBook } from "./alert-book.ts";
import { expect, type Language, PAGES, THEMES, test } from "./page.ts";

const LANGUAGES: Language[] = ["en", "zh-TW"];

const SUBJECT = "AAPL";

test.beforeAll(() => {
  if (hasAlertBook) alertBook("fire", SUBJECT);
});
test.afterAll(() => {
  if (hasAlertBook) alertBook("resolve", SUBJECT);
});

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

for (const theme of THEMES) {
  test(`axe finds nothing on what opens above the pages, ${theme}`, async ({ page }) => {
    await page.addInitScript((chosen) => localStorage.setItem("bellwether.theme", chosen), theme);
    const check = async (where: string) => {
      await expect(page.getByRole("dialog").first()).toBeVisible();
      await page.waitForTimeout(300); // the fade of the overlay changes its contrast
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => ({ where, id, at: nodes.map((node) => node.html) }))).toEqual([]);
    };
    await page.goto("/models");
    await page
      .getByRole("row")
      .filter({ hasText: "AAPL" })
      .filter({ hasNotText: "Champion" })
      .getByRole("link")
      .first()
      .click();
    await page.getByRole("button", { name: "Promote to champion" }).click();
    await check("promotion");
    await page.goto("/jobs");
    await page.locator("tbody button").first().click();
    await check("job");
    await page.goto("/data");
    await page.getByRole("button", { name: "Find a symbol" }).click();
    await expect(page.getByRole("option").first()).toBeVisible();
    await check("search");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Settings" }).click();
    await check("settings");
  });
}
