import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import zhTW from "./zh-TW.json";

type Catalogue = { [key: string]: string | Catalogue };

function entries(catalogue: Catalogue, prefix = ""): [string, string][] {
  return Object.entries(catalogue).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value]] : entries(value, `${prefix}${key}.`),
  );
}

const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort();
const english = new Map(entries(en));
const chinese = new Map(entries(zhTW));

describe("the catalogues", () => {
  it("have the same keys", () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("fill in the same values", () => {
    for (const [key, text] of english) expect(placeholders(chinese.get(key) ?? ""), key).toEqual(placeholders(text));
  });

  it("leave nothing empty", () => {
    for (const [key, text] of [...english, ...chinese]) expect(text.trim(), key).not.toBe("");
  });

  it("hold no entry that no source names", () => {
    const sources = globSync("src/**/*.{ts,tsx}").filter((file) => !/\.(test|gen)\./.test(file));
    const code = sources.map((file) => readFileSync(file, "utf8")).join("\n");
    const unused = [...english.keys()].filter((key) => {
      const base = key.replace(/_(zero|one|other)$/, "");
      const family = base.slice(0, base.lastIndexOf("."));
      return !code.includes(`"${base}"`) && !code.includes(`\`${family}.\${`);
    });
    expect(unused).toEqual([]);
  });
});

describe("the source", () => {
  it("has no visible text of its own between tags", () => {
    const offenders = globSync("src/**/*.tsx").flatMap((file) => {
      const code = readFileSync(file, "utf8");
      return [...code.matchAll(/>\s*([A-Z][a-z]+(?: [a-z]+)*)\s*</g)].map(([, text]) => `${file}: ${text}`);
    });
    expect(offenders).toEqual(["src/components/shell/brand.tsx: Bellwether"]);
  });
});
