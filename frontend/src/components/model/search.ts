/** The model page's state, as its URL holds it. */
import { GRADED, type Graded } from "@/lib/evidence";
import { compact, type RawSearch } from "@/lib/search";

export interface ModelSearch {
  /** The horizon that residuals and slices are shown at; 1 when it is not set. */
  horizon?: Graded;
}

export function parseModelSearch(search: RawSearch): ModelSearch {
  return compact({ horizon: GRADED.find((horizon) => horizon === Number(search.horizon)) });
}
