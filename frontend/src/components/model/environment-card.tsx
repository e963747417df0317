import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Card } from "@/components/ui/card";
import { Facts } from "@/components/ui/table";
import { environment } from "@/lib/evidence";
import { NotRecorded } from "./not-recorded";

export function EnvironmentCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const found = environment(model.evidence);
  return (
    <Card title={t("model.environment")}>
      {found.length === 0 ? (
        <NotRecorded />
      ) : (
        <Facts>
          {found.map(([name, value]) => (
            <div key={name} className="contents">
              <dt>{name}</dt>
              <dd className="font-mono text-xs break-words">{value}</dd>
            </div>
          ))}
        </Facts>
      )}
    </Card>
  );
}
