/** Which model, who it serves, and its verdict in words at each graded horizon. */
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cardUrl } from "@/api/models";
import type { ModelDetail } from "@/api/types";
import { Aliases } from "@/components/models/aliases";
import { PromoteDialog } from "@/components/models/promote-dialog";
import { Button, buttonClass } from "@/components/ui/button";
import { SimulationTag } from "@/components/ui/simulation";
import { VerdictLines } from "@/components/ui/verdict";
import { GRADED } from "@/lib/evidence";
import { isChampion } from "@/lib/roles";

function Actions({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const [promoting, setPromoting] = useState(false);
  const everywhere = GRADED.every((horizon) => isChampion(model, horizon));
  return (
    <div className="flex flex-wrap gap-2">
      <a href={cardUrl(model.model_id)} className={buttonClass()}>
        <Download aria-hidden className="size-4" />
        {t("model.card")}
      </a>
      {!everywhere && (
        <Button variant="primary" onClick={() => setPromoting(true)}>
          {t("promote.start")}
        </Button>
      )}
      {promoting && <PromoteDialog model={model} onClose={() => setPromoting(false)} />}
    </div>
  );
}

export function ModelHeading({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const name = `${model.model_type} v${model.version}`;
  return (
    <header className="flex flex-col gap-3">
      <title>{`${model.ticker} · ${name} · Bellwether`}</title>
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <p className="text-[13px] text-muted">
            <Link to="/models" className="underline">
              {t("models.title")}
            </Link>{" "}
            /{" "}
            <Link to="/symbols/$ticker" params={{ ticker: model.ticker }} className="underline">
              {model.ticker}
            </Link>
          </p>
          <h1 className="mt-1 flex flex-wrap items-center gap-2 text-xl font-semibold tracking-[-0.02em]">
            {model.ticker} · {name}
            <SimulationTag ticker={model.ticker} />
            <Aliases model={model} />
          </h1>
        </div>
        <Actions model={model} />
      </div>
      <div data-testid="model-verdict" className="rounded-xl border border-line bg-surface px-4 py-3 shadow-card">
        <VerdictLines model={model} />
        <p className="mt-2 text-xs text-muted">{t("verdict.how")}</p>
      </div>
    </header>
  );
}
