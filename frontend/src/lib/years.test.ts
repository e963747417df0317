import { expect, it } from "vitest";
import { yearsBefore } from "./years";

it.each([
  ["2013-03-01", "2008-03-01"],
  ["2012-02-29", "2007-02-28"],
  ["2024-12-31", "2019-12-31"],
])("five years before %s is %s", (session, expected) => {
  expect(yearsBefore(session, 5)).toBe(expected);
});
