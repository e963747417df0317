import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePromote } from "@/api/models";
import type { ModelDetail } from "@/api/types";
import { Dialog } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { notify } from "@/components/ui/toast";
import { useVerdictText } from "@/components/ui/verdict";
import { modelVerdict } from "@/lib/skill";
import { ReasonForm } from "./reason-form";

/** Promotion shows the evidence before it asks. */
export function PromoteDialog({ model, onClose }: { model: ModelDetail; onClose: () => void }) {
  const { t } = useTranslation();
  const text = useVerdictText();
  const promote = usePromote();
  const verdict = modelVerdict(model);
  const [force, setForce] = useState(false);
  const worse = verdict?.kind === "worse";
  const name = `${model.model_type} v${model.version}`;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("promote.title", { name, ticker: model.ticker })}
      description={t("promote.what", { ticker: model.ticker })}
    >
      <Notice tone={verdict?.kind === "better" ? "info" : "warn"}>{verdict ? text(verdict) : model.verdict}</Notice>
      {worse && (
        <label className="flex items-start gap-2 text-[13px]">
          <input
            type="checkbox"
            checked={force}
            onChange={(event) => setForce(event.target.checked)}
            className="mt-0.5 size-4 accent-accent-solid"
          />
          {t("promote.force")}
        </label>
      )}
      <ReasonForm
        blocked={worse && !force}
        confirm={t("promote.confirm")}
        busy={promote.isPending}
        error={promote.error}
        onClose={onClose}
        onConfirm={(reason) =>
          promote.mutate(
            { modelId: model.model_id, reason, force },
            {
              onSuccess: () => {
                notify.done(t("promote.done", { name, ticker: model.ticker }));
                onClose();
              },
            },
          )
        }
      />
    </Dialog>
  );
}
