import { afterEach, expect, it, vi } from "vitest";

function answer(body: BodyInit | null, init: ResponseInit) {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, init)));
}

async function failure(): Promise<unknown> {
  vi.resetModules();
  const { api } = await import("./client");
  return api.GET("/api/datasets").then(
    () => null,
    (error: unknown) => error,
  );
}

afterEach(() => vi.unstubAllGlobals());

it("throws the API's own words and the request's id", async () => {
  const problem = {
    title: "Not Found",
    detail: "No ticker ZZZZ.",
    request_id: "abc",
    errors: [{ loc: ["body", "ticker"], msg: "bad" }],
  };
  answer(JSON.stringify(problem), { status: 404, headers: { "Content-Type": "application/problem+json" } });
  expect(await failure()).toMatchObject({
    status: 404,
    title: "Not Found",
    detail: "No ticker ZZZZ.",
    requestId: "abc",
    fields: ["body › ticker: bad"],
  });
});

it("takes the request's id from the header when the body is a proxy's page", async () => {
  answer("<html>", { status: 502, headers: { "X-Request-ID": "from-nginx" } });
  expect(await failure()).toMatchObject({ status: 502, title: "HTTP 502", requestId: "from-nginx" });
});
