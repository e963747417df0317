/** Where the model does well and where it does not: by volatility, weekday and year. */
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Card } from "@/components/ui/card";
import { HorizonChoice } from "@/components/ui/horizon-choice";
import { useNumbers } from "@/components/ui/numbers";
import { Table, Td, Th } from "@/components/ui/table";
import { useLocale } from "@/i18n";
import { type Graded, type Slice, type SliceKind, slices } from "@/lib/evidence";
import { formatWeekday } from "@/lib/format";
import { NotRecorded } from "./not-recorded";

const VOLATILITIES = ["calm", "normal", "wild"] as const;
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** A slice's name in the reader's language where it is one of the known ones. */
function useSliceName(): (kind: SliceKind, name: string) => string {
  const { t } = useTranslation();
  const locale = useLocale();
  return (kind, name) => {
    const volatility = VOLATILITIES.find((known) => known === name);
    if (kind === "volatility" && volatility) return t(`volatility.${volatility}`);
    const weekday = WEEKDAYS.indexOf(name);
    return kind === "weekday" && weekday >= 0 ? formatWeekday(weekday, locale) : name;
  };
}

function SliceTable({ kind, rows }: { kind: SliceKind; rows: Slice[] }) {
  const { t } = useTranslation();
  const { number, signed } = useNumbers();
  const name = useSliceName();
  const title = t(`slice.${kind}`);
  return (
    <Table label={title} className="max-h-80 overflow-y-auto rounded-lg border border-line">
      <thead className="sticky top-0 bg-surface">
        <tr>
          <Th>{title}</Th>
          <Th numeric>{t("models.sessions")}</Th>
          <Th numeric>{t("models.maeShort")}</Th>
          <Th numeric>{t("models.naiveMae")}</Th>
          <Th numeric>{t("models.skill")}</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <Td className="h-8 whitespace-nowrap">{name(kind, row.name)}</Td>
            <Td numeric className="h-8">
              {number(row.sessions)}
            </Td>
            <Td numeric className="h-8">
              {number(row.mae * 100, 3)}
            </Td>
            <Td numeric className="h-8">
              {number(row.naiveMae * 100, 3)}
            </Td>
            <Td numeric className="h-8 font-medium">
              {signed(row.skill)}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

interface SlicesCardProps {
  model: ModelDetail;
  horizon: Graded;
  onHorizon: (horizon: Graded) => void;
}

export function SlicesCard({ model, horizon, onHorizon }: SlicesCardProps) {
  const { t } = useTranslation();
  const found = slices(model.evidence, horizon);
  return (
    <Card title={t("slice.title")} action={<HorizonChoice value={horizon} onChange={onHorizon} />}>
      {found.length === 0 ? (
        <NotRecorded />
      ) : (
        <div className="grid items-start gap-4 lg:grid-cols-3">
          {found.map((each) => (
            <SliceTable key={each.kind} {...each} />
          ))}
        </div>
      )}
    </Card>
  );
}
