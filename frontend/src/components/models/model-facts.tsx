import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { CopyText } from "@/components/ui/copy-text";
import { Facts } from "@/components/ui/table";
import { Instant, Session } from "@/components/ui/time";
import { useLocale } from "@/i18n";
import { formatNumber, shortHash } from "@/lib/format";

export function ModelFacts({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <Facts>
      <dt>{t("models.trained")}</dt>
      <dd>
        <Session session={model.train_start} /> – <Session session={model.train_end} />
      </dd>
      <dt>{t("models.created")}</dt>
      <dd>
        <Instant at={model.created_at} />
      </dd>
      <dt>{t("models.features")}</dt>
      <dd>{formatNumber(model.feature_names.length, locale)}</dd>
      <dt>{t("models.seed")}</dt>
      <dd>{model.seed}</dd>
      <dt>{t("data.snapshot")}</dt>
      <dd>
        <CopyText text={model.snapshot} shown={shortHash(model.snapshot)} />
      </dd>
      <dt>{t("models.commit")}</dt>
      <dd>
        <CopyText text={model.git_commit} shown={shortHash(model.git_commit)} />
      </dd>
      {model.artifact_sha256 && (
        <>
          <dt>{t("models.artifact")}</dt>
          <dd>
            <CopyText text={model.artifact_sha256} shown={shortHash(model.artifact_sha256)} />
          </dd>
        </>
      )}
      {model.mlflow_run_id && (
        <>
          <dt>{t("models.run")}</dt>
          <dd>
            <CopyText text={model.mlflow_run_id} shown={shortHash(model.mlflow_run_id)} />
          </dd>
        </>
      )}
    </Facts>
  );
}
