/** The walk-forward folds on a time line, and in numbers. */
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { FoldTimeline } from "@/charts/plot/fold-timeline";
import { TableTwin } from "@/charts/plot/twin";
import { Card } from "@/components/ui/card";
import { Table, Td, Th } from "@/components/ui/table";
import { Session } from "@/components/ui/time";
import { useLocale } from "@/i18n";
import { formatNumber } from "@/lib/format";
import { objectAt, textOrNull } from "@/lib/json";
import { type Fold, folds } from "@/lib/skill";
import { NotRecorded } from "./not-recorded";

function FoldsTable({ found, start }: { found: Fold[]; start: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const percent = (value: number | undefined) => (value === undefined ? "–" : formatNumber(value * 100, locale, 3));
  return (
    <Table label={t("models.folds")} className="rounded-lg border border-line">
      <thead>
        <tr>
          <Th numeric>{t("models.fold")}</Th>
          <Th>{t("model.learnedFrom")}</Th>
          <Th>{t("models.tested")}</Th>
          <Th numeric>{t("models.sessions")}</Th>
          <Th numeric>{t("models.maeShort")}</Th>
          <Th numeric>{t("models.naiveMae")}</Th>
        </tr>
      </thead>
      <tbody>
        {found.map((fold) => (
          <tr key={fold.number}>
            <Td numeric>{fold.number}</Td>
            <Td className="whitespace-nowrap">
              <Session session={fold.trainStart ?? start} /> – <Session session={fold.trainEnd} />
            </Td>
            <Td className="whitespace-nowrap">
              <Session session={fold.testStart} /> – <Session session={fold.testEnd} />
            </Td>
            <Td numeric>{formatNumber(fold.testRows, locale)}</Td>
            <Td numeric className="font-medium">
              {percent(fold.record?.mae)}
            </Td>
            <Td numeric>{percent(fold.record?.naiveMae)}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Key() {
  const { t } = useTranslation();
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      <li className="flex items-center gap-1.5">
        <span aria-hidden className="h-2.5 w-5 rounded-xs bg-line-strong" />
        {t("model.learnedFrom")}
      </li>
      <li className="flex items-center gap-1.5">
        <span aria-hidden className="h-2.5 w-5 rounded-xs bg-accent-solid" />
        {t("models.tested")}
      </li>
    </ul>
  );
}

/** How the folds were laid, in one line: kind of window and gap. */
function Layout({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { gap } = model.evidence;
  const kind = textOrNull(objectAt(model.evidence, "window")?.kind);
  return (
    <p className="text-[13px] text-muted">
      {typeof gap === "number" && t("model.gap", { sessions: formatNumber(gap, locale) })}{" "}
      {kind && t("model.window", { kind })}
    </p>
  );
}

export function FoldsCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const found = folds(model.metrics, 1);
  return (
    <Card title={t("models.folds")} bodyClassName="px-4 pb-4 flex flex-col gap-3">
      {found.length === 0 ? (
        <NotRecorded />
      ) : (
        <>
          <Layout model={model} />
          <FoldTimeline
            folds={found}
            start={model.train_start}
            label={t("model.foldsPicture", { count: found.length })}
          />
          <Key />
          <TableTwin>
            <FoldsTable found={found} start={model.train_start} />
          </TableTwin>
        </>
      )}
    </Card>
  );
}
