/** Was the future kept out? */
import { CircleCheck, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { leakReport } from "@/lib/evidence";
import { NotRecorded } from "./not-recorded";

const CHECKS = {
  features: "leak.features",
  forecasts: "leak.forecasts",
  overlap: "leak.overlap",
  "shuffled targets": "leak.shuffled",
} as const;

function useCheckName(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => (name in CHECKS ? t(CHECKS[name as keyof typeof CHECKS]) : name);
}

function Outcome({ passed }: { passed: boolean }) {
  const { t } = useTranslation();
  const Icon = passed ? CircleCheck : CircleX;
  return (
    <Badge tone={passed ? "good" : "bad"} icon={<Icon aria-hidden />}>
      {t(passed ? "leak.passed" : "leak.failed")}
    </Badge>
  );
}

export function LeakCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const name = useCheckName();
  const report = leakReport(model.evidence);
  return (
    <Card title={t("leak.title")} action={report && <Outcome passed={report.passed} />}>
      {report ? (
        <ul className="flex flex-col">
          {report.checks.map((check) => (
            <li key={check.name} className="flex flex-col gap-1 border-t border-line py-2 text-[13px] first:border-t-0">
              <p className="flex flex-wrap items-center justify-between gap-2 font-medium">
                {name(check.name)}
                <Outcome passed={check.passed} />
              </p>
              <p className="break-words text-muted">{check.detail}</p>
            </li>
          ))}
        </ul>
      ) : (
        <NotRecorded />
      )}
    </Card>
  );
}
