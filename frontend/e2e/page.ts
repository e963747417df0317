/** A page that fails its test on any console error, exception, refused resource, call to another host or CSP violation. */
import { test as base, expect } from "@playwright/test";

export type Theme = "light" | "dark";
export type Language = "en" | "zh-TW";
export const THEMES: Theme[] = ["light", "dark"];

export const PAGES = [
  { name: "symbol", path: "/symbols/AAPL", ready: '[data-testid="predicted-close"]' },
  { name: "models", path: "/models", ready: "tbody tr" },
  { name: "model", path: "/models/1", ready: "svg[role=img] path" },
  { name: "jobs", path: "/jobs", ready: "tbody tr" },
  { name: "alerts", path: "/alerts", ready: "main h1" },
  { name: "data", path: "/data", ready: "tbody tr" },
] as const;

export const test = base.extend<{ troubles: string[] }>({
  troubles: [
    async ({ page, baseURL }, use) => {
      const troubles: string[] = [];
      page.on("console", (message) => {
        // An interface of the machine came or went: no doing of the page, which asks again by itself.
        if (message.type() !== "error" || message.text().includes("net::ERR_NETWORK_CHANGED")) return;
        troubles.push(`console: ${message.text()}`);
      });
      page.on("pageerror", (error) => troubles.push(`exception: ${error.message}`));
      page.on("request", (request) => {
        const { protocol, host } = new URL(request.url());
        if (protocol.startsWith("http") && host !== new URL(baseURL ?? "").host)
          troubles.push(`foreign: ${request.url()}`);
      });
      await page.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) =>
          console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI}`),
        );
      });
      await use(troubles);
      expect(troubles).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
