import type { Page } from "@playwright/test";
import { alertBook, hasAlertBook } from "./alert-book.ts";
import { expect, test } from "./page.ts";

const SUBJECT = "AAPL";

test.skip(!hasAlertBook, 'needs the stack\'s environment: eval "$(python -m local_stack env)"');
test.afterAll(() => alertBook("resolve", SUBJECT));

const rehearsal = (page: Page) => page.getByRole("article", { name: /AAPL.*Rehearsal/ }).first();

/** What the navigation counts. */
async function count(page: Page): Promise<number> {
  const shown = page.getByTestId("alert-count").filter({ visible: true }).locator("[aria-hidden]");
  return (await shown.count()) ? Number(await shown.textContent()) : 0;
}

test("an alert comes to the open page, is acknowledged and muted, and ends, without a reload", async ({ page }) => {
  test.setTimeout(180_000);
  await page.goto("/alerts?state=firing");
  await expect(page.getByRole("button", { name: "Live" })).toBeVisible();
  await expect(page.getByText("Loading…")).toHaveCount(0);
  const before = await count(page);
  alertBook("fire", SUBJECT);
  await expect(rehearsal(page)).toContainText("Critical");
  await expect(rehearsal(page)).toContainText("Error ratio");
  await expect.poll(() => count(page)).toBe(before + 1);

  await page.getByLabel("Your name").fill("Ada");
  await rehearsal(page).getByRole("button", { name: "Acknowledge" }).click();
  await expect(page.getByText("Acknowledged", { exact: true }).first()).toBeVisible();
  await expect(rehearsal(page)).toContainText("Acknowledged by Ada");
  await expect(rehearsal(page).getByRole("heading")).toBeFocused();

  await rehearsal(page).getByRole("button", { name: "Mute for 1 hour" }).click();
  await expect(rehearsal(page)).toContainText("Muted until");
  await expect.poll(() => count(page)).toBe(before);
  await page.reload();
  await expect(rehearsal(page)).toContainText("Muted until");
  await rehearsal(page).getByRole("button", { name: "Unmute" }).click();
  await expect.poll(() => count(page)).toBe(before + 1);

  alertBook("resolve", SUBJECT);
  await expect(rehearsal(page)).toHaveCount(0);
  await expect.poll(() => count(page)).toBe(before);
  await page.getByText("Resolved", { exact: true }).click();
  await expect(page).toHaveURL(/state=resolved/);
  await expect(rehearsal(page)).toContainText("Ended");
});

test("a symbol's page tells of its own alert and leads to it", async ({ page }) => {
  alertBook("fire", SUBJECT);
  await page.goto("/symbols/IBM");
  await expect(page.getByTestId("predicted-close")).toBeVisible();
  await expect(page.getByTestId("firing-strip").filter({ hasText: "Rehearsal" })).toHaveCount(0);
  await page.goto("/symbols/AAPL");
  await page.getByTestId("firing-strip").click();
  await expect(page).toHaveURL(/\/alerts\?.*subject=AAPL/);
  await expect(rehearsal(page)).toBeVisible();
  await page.getByRole("button", { name: /show every subject/ }).click();
  await expect(page).not.toHaveURL(/subject/);
});

test("a drift check is asked for from the symbol's page and says what it found", async ({ page }) => {
  await page.goto("/symbols/IBM");
  const card = page.getByRole("region", { name: "Drift and retraining" });
  await card.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText("Drift check started").first()).toBeVisible();
  await expect(card.getByText(/Nothing to compare yet: |No drift: |The market has drifted: /)).toBeVisible({
    timeout: 60_000,
  });
});

test("a simulated market is started, labelled, and taken out again", async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto("/data");
  const card = page.getByRole("region", { name: "Simulated market day" });
  await card.getByLabel("Symbol").selectOption("IBM");
  await card.getByLabel("Sessions").fill("30");
  await card.getByRole("button", { name: "Start simulation" }).click();
  await expect(page.getByText("Simulation started").first()).toBeVisible();
  await expect(card.getByTestId("simulation")).toContainText("IBM.SIM");
  await card.getByRole("link", { name: "Watch it" }).click({ timeout: 120_000 });
  await expect(page.getByTestId("simulation-notice")).toContainText("Not today's market");
  await page.goto("/data");
  await expect(page.getByRole("row").filter({ hasText: "IBM.SIM" })).toContainText("Simulation");
  await card.getByRole("button", { name: /Stop and remove|Remove/ }).click();
  await expect(page.getByText("Simulation removed").first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("row").filter({ hasText: "IBM.SIM" })).toHaveCount(0);
});
