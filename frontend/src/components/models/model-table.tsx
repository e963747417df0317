import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ModelSummary } from "@/api/types";
import { CopyText } from "@/components/ui/copy-text";
import { SymbolLink } from "@/components/ui/symbol-link";
import { Table, Td, Th } from "@/components/ui/table";
import { Age, Session } from "@/components/ui/time";
import { VerdictBadge } from "@/components/ui/verdict";
import { useLocale } from "@/i18n";
import { formatNumber, shortHash } from "@/lib/format";
import { modelVerdict, overallRecords } from "@/lib/skill";
import { Aliases } from "./aliases";

/** The mean absolute error at one session, in percent of the price, beside naive's on the same rows. */
function Errors({ model }: { model: ModelSummary }) {
  const locale = useLocale();
  const first = overallRecords(model.metrics)[0]?.record;
  if (!first) return "–";
  return (
    <>
      <span className="font-medium">{formatNumber(first.mae * 100, locale, 3)}</span>
      <span className="text-muted"> / {formatNumber(first.naiveMae * 100, locale, 3)}</span>
    </>
  );
}

function Row({ model }: { model: ModelSummary }) {
  const verdict = modelVerdict(model);
  return (
    <tr>
      <Td className="whitespace-nowrap">
        <Link
          to="/models/$modelId"
          params={{ modelId: model.model_id }}
          className="rounded font-medium underline decoration-line-strong underline-offset-3 hover:decoration-ink"
        >
          {model.model_type} v{model.version}
        </Link>
      </Td>
      <Td>
        <SymbolLink ticker={model.ticker} />
      </Td>
      <Td>
        <Aliases model={model} />
      </Td>
      <Td>{verdict ? <VerdictBadge verdict={verdict} /> : <span className="text-muted">{model.verdict}</span>}</Td>
      <Td numeric>
        <Errors model={model} />
      </Td>
      <Td className="whitespace-nowrap text-muted">
        <Session session={model.train_start} /> – <Session session={model.train_end} />
      </Td>
      <Td>
        <CopyText text={model.snapshot} shown={shortHash(model.snapshot)} />
      </Td>
      <Td numeric className="text-muted">
        <Age at={model.created_at} />
      </Td>
    </tr>
  );
}

export function ModelTable({ models }: { models: ModelSummary[] }) {
  const { t } = useTranslation();
  return (
    <Table label={t("models.registry")}>
      <thead>
        <tr>
          <Th>{t("models.model")}</Th>
          <Th>{t("data.symbol")}</Th>
          <Th>{t("models.role")}</Th>
          <Th>{t("models.verdict")}</Th>
          <Th numeric>{t("models.mae")}</Th>
          <Th>{t("models.trained")}</Th>
          <Th>{t("data.snapshot")}</Th>
          <Th numeric>{t("models.created")}</Th>
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <Row key={model.model_id} model={model} />
        ))}
      </tbody>
    </Table>
  );
}
