import { expect, it } from "vitest";
import { signature } from "./actor";

it("keeps a name in any script", () => {
  expect(signature("  Ada Lovelace ")).toBe("Ada Lovelace");
  expect(signature("林小姐")).toBe("林小姐");
});

it("drops what the API refuses and never comes out empty", () => {
  expect(signature("A\u0007da🙂")).toBe("Ada");
  expect(signature("x".repeat(200))).toHaveLength(60);
  for (const nothing of [null, "", "   ", "\n🙂"]) expect(signature(nothing)).toBe("operator");
});
