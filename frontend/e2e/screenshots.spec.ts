/** Pictures of every page: `SCREENSHOTS_DIR` names the folder, `test-results/screenshots` by default. */
import { join } from "node:path";
import { alertBook, hasAlertBook } from "./alert-book.ts";
import { expect, PAGES, THEMES, type Theme, test } from "./page.ts";

const folder = process.env.SCREENSHOTS_DIR ?? "test-results/screenshots";
const widths = [
  { width: 1440, height: 900, suffix: "" },
  { width: 360, height: 780, suffix: "-360" },
];

test.beforeAll(() => {
  if (hasAlertBook) for (const subject of ["AAPL", "backend1"]) alertBook("fire", subject);
});
test.afterAll(() => {
  if (hasAlertBook) for (const subject of ["AAPL", "backend1"]) alertBook("resolve", subject);
});

for (const theme of THEMES) {
  for (const { width, height, suffix } of widths) {
    for (const { name, path, ready } of PAGES) {
      test(`${name} ${theme} ${width}`, async ({ page }) => {
        await page.setViewportSize({ width, height });
        await page.addInitScript((chosen: Theme) => localStorage.setItem("bellwether.theme", chosen), theme);
        await page.goto(path);
        await page.locator(ready).first().waitFor();
        if (name === "symbol") await drawPath(page);
        await expect(page.locator("[aria-hidden].animate-pulse")).toHaveCount(0);
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: join(folder, `${name}-${theme}${suffix}.png`), fullPage: suffix !== "" });
      });
    }
  }
}

async function drawPath(page: import("@playwright/test").Page): Promise<void> {
  await page.getByRole("spinbutton").fill("20");
  await page.getByRole("button", { name: "Forecast", exact: true }).click();
  await expect(page.getByText("20 of 20 sessions")).toBeVisible({ timeout: 60_000 });
  await page.evaluate(() => scrollTo(0, 0));
}
