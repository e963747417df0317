/** How far each feature lies from its past, beside the distance that would be an alarm. */
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { useNumbers } from "@/components/ui/numbers";
import { Table, Td, Th } from "@/components/ui/table";
import type { ColumnDistance } from "@/lib/drift";

function Row({ column }: { column: ColumnDistance }) {
  const { t } = useTranslation();
  const { number } = useNumbers();
  const Icon = column.drifted ? TriangleAlert : CircleCheck;
  return (
    <tr>
      <Td className="h-9! font-mono text-xs">{column.name}</Td>
      <Td numeric className="h-9!">
        {number(column.distance, 3)}
      </Td>
      <Td numeric className="h-9!">
        {number(column.threshold, 3)}
      </Td>
      <Td className="h-9!">
        <Badge tone={column.drifted ? "warn" : "good"} icon={<Icon aria-hidden />}>
          {t(column.drifted ? "drift.beyond" : "drift.within")}
        </Badge>
      </Td>
    </tr>
  );
}

export function FeatureTable({ columns }: { columns: ColumnDistance[] }) {
  const { t } = useTranslation();
  return (
    <Table label={t("drift.features")} className="max-h-64 overflow-y-auto border-y border-line">
      <thead className="sticky top-0 bg-surface">
        <tr>
          <Th>{t("model.feature")}</Th>
          <Th numeric>{t("drift.distance")}</Th>
          <Th numeric>{t("drift.threshold")}</Th>
          <Th>{t("drift.state")}</Th>
        </tr>
      </thead>
      <tbody>
        {columns.map((column) => (
          <Row key={column.name} column={column} />
        ))}
      </tbody>
    </Table>
  );
}
