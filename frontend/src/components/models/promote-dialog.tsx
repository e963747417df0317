/** Promotion shows the evidence at each horizon before it asks, and the reasons when it is refused. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/client";
import { usePromote } from "@/api/models";
import type { ModelDetail } from "@/api/types";
import { Dialog } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { notify } from "@/components/ui/toast";
import { VerdictSentence } from "@/components/ui/verdict";
import { GRADED, type Graded, leakReport } from "@/lib/evidence";
import { isChampion } from "@/lib/roles";
import { modelVerdict } from "@/lib/skill";
import { ReasonForm } from "./reason-form";
import { ServesBadge } from "./role-list";

/** Everything on record about a model at one horizon, in words. */
function Evidence({ model, horizon }: { model: ModelDetail; horizon: Graded }) {
  const { t } = useTranslation();
  const verdict = modelVerdict(model, horizon);
  const role = model.deployments.find((each) => each.horizon === horizon);
  const decision = model.decisions.find((each) => each.horizon === horizon);
  return (
    <div className="flex min-w-0 flex-col gap-1">
      {verdict ? <VerdictSentence verdict={verdict} /> : <span>{model.verdict}</span>}
      {role && (
        <p className="flex flex-wrap items-center gap-2 text-muted">
          <ServesBadge serves={role.serves} />
          {!decision && <span className="min-w-0 break-words">{role.serves_reason}</span>}
        </p>
      )}
      <p className="break-words text-muted">{decision ? decision.reason : t("promote.notCompared")}</p>
    </div>
  );
}

interface HorizonsProps {
  model: ModelDetail;
  chosen: readonly Graded[];
  onChange: (chosen: Graded[]) => void;
}

function Horizons({ model, chosen, onChange }: HorizonsProps) {
  const { t } = useTranslation();
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 text-[13px] font-semibold">{t("promote.horizons")}</legend>
      {GRADED.map((horizon) => (
        <label key={horizon} className="flex items-start gap-2.5 text-[13px]">
          <input
            type="checkbox"
            checked={chosen.includes(horizon)}
            disabled={isChampion(model, horizon)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, horizon] : chosen.filter((other) => other !== horizon))
            }
            className="mt-0.5 size-4 accent-accent-solid"
          />
          <span className="min-w-0">
            <span className="font-medium">
              {t("model.sessionsAhead", { count: horizon })}
              {isChampion(model, horizon) && ` · ${t("promote.already")}`}
            </span>
            <Evidence model={model} horizon={horizon} />
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Leaks({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const report = leakReport(model.evidence);
  if (report?.passed) return null;
  return <Notice tone="bad">{t(report ? "promote.leaky" : "promote.unchecked")}</Notice>;
}

function Force({ force, onChange }: { force: boolean; onChange: (force: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <label className="flex items-start gap-2 text-[13px]">
      <input
        type="checkbox"
        checked={force}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.5 size-4 accent-accent-solid"
      />
      {t("promote.force")}
    </label>
  );
}

/** The evidence was not enough: only then may one insist. */
function isRefusal(error: Error | null): boolean {
  return error instanceof ProblemError && error.status === 409;
}

export function PromoteDialog({ model, onClose }: { model: ModelDetail; onClose: () => void }) {
  const { t } = useTranslation();
  const promote = usePromote();
  const [chosen, setChosen] = useState<Graded[]>(GRADED.filter((horizon) => !isChampion(model, horizon)));
  const [force, setForce] = useState(false);
  const refused = isRefusal(promote.error);
  const name = `${model.model_type} v${model.version}`;
  const { ticker } = model;
  const ask = (reason: string) =>
    promote.mutate(
      { modelId: model.model_id, reason, force, horizons: chosen },
      {
        onSuccess: () => {
          notify.done(t("promote.done", { name, ticker }));
          onClose();
        },
      },
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("promote.title", { name, ticker })}
      description={t("promote.what", { ticker })}
    >
      <Leaks model={model} />
      <Horizons model={model} chosen={chosen} onChange={setChosen} />
      <ReasonForm
        blocked={chosen.length === 0 || (refused && !force)}
        confirm={t(force ? "promote.confirmForce" : "promote.confirm")}
        busy={promote.isPending}
        error={promote.error}
        extra={refused && <Force force={force} onChange={setForce} />}
        onClose={onClose}
        onConfirm={ask}
      />
    </Dialog>
  );
}
