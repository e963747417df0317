import { Link } from "@tanstack/react-router";
import { SimulationTag } from "./simulation";

/** A ticker that leads to its page, with the label of a simulated one. */
export function SymbolLink({ ticker }: { ticker: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <Link to="/symbols/$ticker" params={{ ticker }} className="font-semibold whitespace-nowrap hover:underline">
        {ticker}
      </Link>
      <SimulationTag ticker={ticker} />
    </span>
  );
}
