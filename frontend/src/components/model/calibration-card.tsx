/** Do the bands keep their promise? Promised beside realised coverage, and the width it costs. */
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { CalibrationPlot, Mark } from "@/charts/plot/calibration-plot";
import { Card } from "@/components/ui/card";
import { useNumbers } from "@/components/ui/numbers";
import { Table, Td, Th } from "@/components/ui/table";
import { type Calibration, calibrations, GRADED, volatilityErrors } from "@/lib/evidence";
import { NotRecorded } from "./not-recorded";

function CalibrationTable({ found }: { found: Calibration[] }) {
  const { t } = useTranslation();
  const { number, share } = useNumbers();
  return (
    <Table label={t("model.calibration")} className="w-full min-w-0 flex-1 rounded-lg border border-line">
      <thead>
        <tr>
          <Th numeric>{t("model.promised")}</Th>
          <Th numeric>{t("models.horizon")}</Th>
          <Th numeric>{t("model.realised")}</Th>
          <Th numeric>{t("model.last60")}</Th>
          <Th numeric>{t("model.constantRealised")}</Th>
          <Th numeric>{t("model.width")}</Th>
          <Th numeric>{t("model.constantWidth")}</Th>
          <Th numeric>{t("model.winkler")}</Th>
          <Th numeric>{t("model.constantWinkler")}</Th>
          <Th numeric>{t("models.sessions")}</Th>
        </tr>
      </thead>
      <tbody>
        {found.map((each) => (
          <tr key={`${each.level} ${each.horizon}`}>
            <Td numeric>{each.level} %</Td>
            <Td numeric>{each.horizon}</Td>
            <Td numeric className="font-medium">
              {share(each.realised)}
            </Td>
            <Td numeric>{share(each.recent)}</Td>
            <Td numeric className="text-muted">
              {share(each.constantRealised)}
            </Td>
            <Td numeric>{share(each.width, 2)}</Td>
            <Td numeric className="text-muted">
              {share(each.constantWidth, 2)}
            </Td>
            <Td numeric>{share(each.winkler, 2)}</Td>
            <Td numeric className="text-muted">
              {share(each.constantWinkler, 2)}
            </Td>
            <Td numeric>{number(each.rows)}</Td>
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
      {GRADED.map((horizon) => (
        <li key={horizon} className="flex items-center gap-1.5">
          <svg aria-hidden="true" width="14" height="14">
            <Mark horizon={horizon} x={7} y={7} />
          </svg>
          {t("model.sessionsAhead", { count: horizon })}
        </li>
      ))}
    </ul>
  );
}

function VolatilityLine({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const { number } = useNumbers();
  const found = volatilityErrors(model.evidence).filter(({ name }) => name !== "naive");
  if (!found.length) return null;
  const list = found.map(({ name, error }) => `${name.toUpperCase()} ${number(error, 3)}`).join(" · ");
  return <p className="text-[13px] text-muted">{t("model.volatility", { list })}</p>;
}

export function CalibrationCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const found = calibrations(model.evidence);
  return (
    <Card title={t("model.calibration")} bodyClassName="px-4 pb-4 flex flex-col gap-3">
      {found.length === 0 ? (
        <NotRecorded />
      ) : (
        <>
          <div className="flex flex-col items-start gap-4 lg:flex-row">
            <div className="flex max-w-full flex-col gap-2">
              <CalibrationPlot found={found} label={t("model.calibrationPicture")} />
              <Key />
            </div>
            <CalibrationTable found={found} />
          </div>
          <p className="text-xs text-muted">{t("model.calibrationHow")}</p>
        </>
      )}
      <VolatilityLine model={model} />
    </Card>
  );
}
