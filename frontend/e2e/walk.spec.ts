import { expect, test } from "./page.ts";

test("a stranger finds a forecast of AAPL beside the naive one, on data that is labelled", async ({ page }) => {
  await page.goto("/");
  const search = page.getByRole("combobox", { name: "Find a symbol" });
  await expect(page.getByTestId("sample-notice")).toBeVisible();
  await page.keyboard.press("/");
  await expect(search).toBeFocused();
  await page.keyboard.type("apple");
  await expect(page.getByRole("option", { name: /AAPL/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/symbols\/AAPL$/);
  await expect(page.getByTestId("sample-notice")).toContainText("historical, not today's market");
  await expect(page.getByTestId("predicted-close")).toHaveText(/^\$\d+\.\d\d$/);
  await expect(page.getByTestId("naive-close")).toHaveText(/^\$\d+\.\d\d$/);
  await expect(page.getByTestId("verdict")).toContainText("naive");
  await expect(page.getByRole("heading", { name: "Next session", exact: true })).toBeVisible();
  await expect(page.getByText("Not investment advice.", { exact: false }).first()).toBeVisible();
  await expect(page.getByText("Naive: no change")).toBeVisible();
});

test("opening the page again shows the recorded forecast and makes no new one", async ({ page }) => {
  await page.goto("/symbols/AAPL");
  await expect(page.getByTestId("predicted-close")).toBeVisible();
  // What was just made has to be in the record before it can be found there.
  await expect(page.getByRole("region", { name: "Past forecasts" }).getByRole("row").nth(1)).toBeVisible();
  const made: string[] = [];
  page.on("request", (request) => request.method() === "POST" && made.push(request.url()));
  await page.reload();
  await expect(page.getByTestId("predicted-close")).toBeVisible();
  expect(made).toEqual([]);
});

test("the chart is read by keyboard and has a table twin", async ({ page }) => {
  await page.goto("/symbols/AAPL");
  const chart = page.getByRole("group", { name: /Candlestick chart of AAPL/ });
  await chart.focus();
  const reading = page.locator('[aria-live="polite"]').filter({ hasText: "Open" });
  await page.keyboard.press("ArrowLeft");
  const before = await reading.textContent();
  await page.keyboard.press("ArrowLeft");
  await expect(reading).not.toHaveText(before ?? "");
  await page.getByText("Show as a table").click();
  await expect(page.getByRole("group", { name: "Prices and forecast in USD" })).toBeVisible();
});

test("a forecast of the next five sessions is drawn, and its link shows it again", async ({ page }) => {
  await page.goto("/symbols/AAPL");
  await page.getByRole("spinbutton").fill("5");
  await page.getByRole("button", { name: "Forecast", exact: true }).click();
  await expect(page).toHaveURL(/path=[0-9a-f-]{36}/);
  await expect(page.getByText("5 of 5 sessions")).toBeVisible({ timeout: 60_000 });
  const rows = page.getByRole("group", { name: "Forecast of the next sessions" }).getByRole("row");
  await expect(rows).toHaveCount(6);
  await page.reload();
  await expect(rows).toHaveCount(6);
});

test("a training is watched to its end, survives a reload, and its job and model are listed", async ({ page }) => {
  test.setTimeout(300_000);
  await page.goto("/symbols/AAPL");
  await page.getByLabel("Model type").selectOption("lightgbm"); // slow enough to be watched
  await page.getByRole("button", { name: "Train AAPL" }).click();
  const training = page.getByTestId("training");
  await expect(training.getByText("Training now")).toBeVisible();
  await page.reload();
  await expect(training).toBeVisible();
  await expect(training.getByText("Succeeded")).toBeVisible({ timeout: 240_000 });
  await expect(training.getByText(/is registered/)).toBeVisible();
  await training.getByRole("link", { name: "See its evidence" }).click();
  await expect(page).toHaveURL(/\/models\/\d+$/);
  await expect(page.getByRole("region", { name: "Walk-forward folds" }).getByRole("img")).toBeVisible();
  await page.goto("/models");
  await expect(
    page.getByRole("region", { name: "Registry" }).getByRole("link", { name: "AAPL" }).first(),
  ).toBeVisible();
  await page.goto("/jobs?kind=train&ticker=AAPL");
  await expect(page.getByRole("row").filter({ hasText: "AAPL" }).first()).toContainText("Succeeded");
});

test("a model without the evidence is refused with the reason, forced with one, and rolled back", async ({
  page,
  troubles,
}) => {
  await page.goto("/models?ticker=AAPL");
  const reason = `Walk ${Date.now()}`;
  const challenger = page.getByRole("row").filter({ hasText: "AAPL" }).filter({ hasNotText: "Champion" }).first();
  await challenger.getByRole("link").first().click();
  await page.getByRole("button", { name: "Promote to champion" }).click();
  const promote = page.getByRole("button", { name: "Promote", exact: true });
  await expect(promote).toBeDisabled();
  await page.getByLabel("Reason").fill(reason);
  await promote.click();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("is not promoted");
  troubles.splice(0); // the refusal, a 409, is an error to the console
  await expect(promote).toBeDisabled();
  await page.getByLabel("Promote it all the same", { exact: false }).check();
  await page.getByRole("button", { name: "Promote all the same" }).click();
  await expect(page.getByText("is the champion of AAPL now").first()).toBeVisible();
  await page.goto("/models?ticker=AAPL");
  await expect(page.getByText(reason).first()).toBeVisible();
  await page.getByRole("button", { name: "Roll back" }).click();
  await page.getByLabel("Reason").fill(`${reason} back`);
  await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await expect(page.getByText("AAPL has its previous champion back").first()).toBeVisible();
});

test("a replay fills the scorecard, apart from what was served", async ({ page }) => {
  test.setTimeout(300_000);
  await page.goto("/symbols/FB"); // the shortest history
  const card = page.getByRole("region", { name: "Scorecard" });
  await card.getByRole("button", { name: "Replay the last 5 years" }).click();
  await expect(card.getByRole("progressbar")).toBeVisible();
  const replayed = card.getByRole("group", { name: /^Replayed/ });
  await expect(replayed.getByRole("row").nth(1)).toBeVisible({ timeout: 240_000 });
  await expect(card.getByRole("img", { name: /Skill against naive/ })).toBeVisible();
});

test("a symbol's policy for challengers is kept", async ({ page }) => {
  await page.goto("/models?ticker=IBM");
  await expect(page.getByRole("radio", { name: "Propose" })).toBeChecked();
  await page.getByText("Off", { exact: true }).click();
  await expect(page.getByText("Policy of IBM set").first()).toBeVisible();
  await page.reload();
  await expect(page.getByRole("radio", { name: "Off" })).toBeChecked();
  await page.getByText("Propose", { exact: true }).click();
  await expect(page.getByRole("radio", { name: "Propose" })).toBeChecked();
});

test("a model's page and its card hold the numbers of the API, and the card needs nothing else", async ({
  page,
  request,
}) => {
  const model = await (await request.get("/api/models/1")).json();
  const mae = (horizon: number) => (model.metrics.overall[horizon].mae * 100).toFixed(3);
  await page.goto("/models/1");
  for (const horizon of [1, 5, 20]) {
    await expect(page.getByTestId(`errors-${horizon}`).getByRole("cell").nth(1)).toHaveText(mae(horizon));
  }
  await expect(page.getByRole("img", { name: /Promised against realised/ })).toBeVisible();
  await expect(page.getByRole("img", { name: /Mean error by month/ })).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Model card" }).click();
  expect((await download).suggestedFilename()).toBe(`${model.ticker}-v${model.version}-model-card.html`);
  const asked: string[] = [];
  page.on("request", (sent) => asked.push(new URL(sent.url()).pathname));
  await page.goto("/api/models/1/card");
  for (const horizon of [1, 5, 20]) {
    await expect(page.locator(`#errors tr[data-horizon="${horizon}"] td`).nth(1)).toHaveText(mae(horizon));
  }
  await expect(page.locator("body")).toHaveCSS("max-width", /px$/); // its style is not refused
  expect(asked.filter((path) => path !== "/favicon.ico")).toEqual(["/api/models/1/card"]);
});

test("a model is trained once more from its record, and every metric is the same", async ({ page }) => {
  test.setTimeout(180_000);
  await page.goto("/models/1");
  const card = page.getByRole("region", { name: "Reproduce" });
  await card.getByRole("button", { name: "Reproduce this model" }).click();
  await expect(card.getByText("Every metric the same")).toBeVisible({ timeout: 120_000 });
});

test("a live forecast arrives on an open page", async ({ page, request }) => {
  await page.goto("/jobs");
  const live = page.getByRole("button", { name: "Live" });
  await expect(live).toBeVisible();
  const made = await request.post("/api/predict/", { data: { ticker: "AAPL" } });
  expect(made.status()).toBe(200);
  await live.click();
  await expect(page.getByRole("dialog").getByRole("link", { name: "AAPL" }).first()).toBeVisible();
});

test("the theme and the language are remembered without a flash of the other", async ({ page }) => {
  await page.goto("/data");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByText("Dark", { exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "繁體中文" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "資料" })).toBeVisible();
  await page.reload({ waitUntil: "commit" });
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-TW");
  await expect(page.getByRole("heading", { level: 1, name: "資料" })).toBeVisible();
});

test("an unknown symbol says the next step", async ({ page }) => {
  await page.goto("/symbols/ZZZZ");
  await expect(page.getByText("ZZZZ is not held")).toBeVisible();
  await page.getByRole("link", { name: "Ingest ZZZZ" }).click();
  await expect(page.getByLabel("Tickers")).toHaveValue("ZZZZ");
});

test("nothing is wider than a small phone", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of ["/symbols/AAPL", "/models", "/models/1", "/jobs", "/alerts", "/data"]) {
    await page.goto(path);
    await expect(page.locator("h1")).toBeVisible();
    await page.waitForLoadState("networkidle");
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `${path} at 360 px`).toBeLessThanOrEqual(0);
  }
});
