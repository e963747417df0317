/** What the model was made from and with: enough to make it again. */
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Card } from "@/components/ui/card";
import { CopyText } from "@/components/ui/copy-text";
import { Facts } from "@/components/ui/table";
import { Instant, Session } from "@/components/ui/time";
import { useLocale } from "@/i18n";
import { formatNumber, shortHash } from "@/lib/format";

function Hash({ name, value }: { name: string; value: string | null | undefined }) {
  if (!value) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <CopyText text={value} shown={shortHash(value)} />
      </dd>
    </>
  );
}

export function OriginCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <Card title={t("model.origin")}>
      <Facts>
        <dt>{t("data.source")}</dt>
        <dd>
          {model.source} · {model.exchange}
        </dd>
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
        <Hash name={t("data.snapshot")} value={model.snapshot} />
        <Hash name={t("models.commit")} value={model.git_commit} />
        <Hash name={t("models.run")} value={model.mlflow_run_id} />
        <Hash name={t("models.artifact")} value={model.artifact_sha256} />
        <Hash name={t("model.job")} value={model.task_id} />
      </Facts>
    </Card>
  );
}
