import { describe, expect, it } from "vitest";
import { parseAlertsSearch } from "@/components/alerts/search";
import { parseJobsSearch } from "@/components/jobs/search";
import { parseModelSearch } from "@/components/model/search";
import { parseModelsSearch } from "@/components/models/search";
import { parseSymbolSearch } from "@/components/symbol/search";
import { matchesSymbol, symbolName } from "./symbols";
import { parseTickers } from "./tickers";

const task = "d6032b7c-89b5-415a-b5fa-a97b46a0c780";

describe("what a URL may say", () => {
  it("keeps what is allowed", () => {
    expect(parseSymbolSearch({ range: "1Y", raw: true, path: task })).toEqual({ range: "1Y", raw: true, path: task });
    expect(parseJobsSearch({ state: "failed", kind: "train", ticker: "aapl", offset: 25 })).toEqual({
      state: "failed",
      kind: "train",
      ticker: "AAPL",
      offset: 25,
    });
    expect(parseModelsSearch({ offset: "25" })).toEqual({ offset: 25 });
    expect(parseModelSearch({ horizon: "20" })).toEqual({ horizon: 20 });
    expect(parseAlertsSearch({ state: "firing", severity: "critical", subject: "celery_train" })).toEqual({
      state: "firing",
      severity: "critical",
      subject: "celery_train",
    });
  });

  it("drops what is not, and what is the default anyway", () => {
    expect(parseSymbolSearch({ range: "3M", raw: "yes", path: "../../etc" })).toEqual({});
    expect(parseJobsSearch({ state: "gone", ticker: "AAPL;DROP", offset: -1, job: 3 })).toEqual({});
    expect(parseModelsSearch({ offset: 1.5 })).toEqual({});
    expect(parseModelSearch({ horizon: 2 })).toEqual({});
    expect(parseAlertsSearch({ state: "all", severity: "grave", subject: "a b", offset: 0 })).toEqual({});
  });
});

describe("symbols", () => {
  const tsmc = { ticker: "2330.TW", name: "Taiwan Semiconductor", name_zh: "台積電" };

  it.each(["2330", "semi", "台積", " TAIWAN ", ""])("are found by %j", (query) => {
    expect(matchesSymbol(tsmc, query)).toBe(true);
  });

  it("are not found by the middle of a ticker", () => {
    expect(matchesSymbol(tsmc, "330")).toBe(false);
  });

  it("have the name of the reader's language where there is one", () => {
    expect(symbolName(tsmc, "zh-TW")).toBe("台積電");
    expect(symbolName({ ...tsmc, name_zh: null }, "zh-TW")).toBe("Taiwan Semiconductor");
  });
});

describe("parseTickers", () => {
  it("takes blanks, commas and any case, each ticker once", () => {
    expect(parseTickers(" aapl, 2330.tw;AAPL\nBRK-B ")).toEqual({ tickers: ["AAPL", "2330.TW", "BRK-B"], invalid: [] });
  });

  it("names what is no ticker", () => {
    expect(parseTickers("AAPL ../etc 台積電").invalid).toEqual(["../etc", "台積電"]);
  });
});
