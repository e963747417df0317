/** Which features the forecasts live on: how much worse they get when one is shuffled, on held-out rows. */
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Card } from "@/components/ui/card";
import { useNumbers } from "@/components/ui/numbers";
import { Table, Td, Th } from "@/components/ui/table";
import { importances } from "@/lib/evidence";
import { NotRecorded } from "./not-recorded";

const WIDTH = 72;

/** A bar to the right of the middle for a loss, to the left for a gain. */
function Bar({ value, greatest }: { value: number; greatest: number }) {
  const length = greatest ? (Math.abs(value) / greatest) * (WIDTH / 2) : 0;
  return (
    <svg aria-hidden="true" width={WIDTH} height="12" className="inline-block">
      <line x1={WIDTH / 2} x2={WIDTH / 2} y1="0" y2="12" className="stroke-line-strong" />
      <rect
        x={value < 0 ? WIDTH / 2 - length : WIDTH / 2}
        y="2"
        width={length}
        height="8"
        className={value < 0 ? "fill-naive" : "fill-accent-solid"}
      />
    </svg>
  );
}

export function ImportanceCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const { signed } = useNumbers();
  const found = importances(model.evidence);
  const greatest = Math.max(0, ...found.map(({ increase }) => Math.abs(increase)));
  return (
    <Card title={t("model.importance")} bodyClassName="pb-3 flex flex-col gap-2">
      {found.length === 0 ? (
        <div className="px-4">
          <NotRecorded />
        </div>
      ) : (
        <>
          <p className="px-4 text-xs text-muted">{t("model.importanceHow")}</p>
          <Table label={t("model.importance")} className="max-h-96 overflow-y-auto">
            <thead className="sticky top-0 bg-surface">
              <tr>
                <Th>{t("model.feature")}</Th>
                <Th>
                  <span className="sr-only">{t("model.bar")}</span>
                </Th>
                <Th numeric>{t("model.increase")}</Th>
              </tr>
            </thead>
            <tbody>
              {found.map(({ feature, increase }) => (
                <tr key={feature}>
                  <Td className="h-8 font-mono text-xs">{feature}</Td>
                  <Td className="h-8">
                    <Bar value={increase} greatest={greatest} />
                  </Td>
                  <Td numeric className="h-8">
                    {signed(increase, 4)}
                  </Td>
                </tr>
              ))}
            </tbody>
          </Table>
        </>
      )}
    </Card>
  );
}
