/** What becomes of a symbol's challengers that have shown to be better. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { policyQuery, useSetPolicy } from "@/api/models";
import type { Policy } from "@/api/types";
import { Segmented } from "@/components/ui/segmented";
import { useErrorText } from "@/components/ui/state";
import { notify } from "@/components/ui/toast";

const POLICIES: readonly Policy[] = ["off", "propose", "auto"];

export function PolicyChoice({ ticker }: { ticker: string }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const { data } = useQuery(policyQuery(ticker));
  const change = useSetPolicy(ticker);
  if (!data) return null;
  const choose = (policy: Policy) =>
    change.mutate(policy, {
      onSuccess: () => notify.done(t("policy.done", { ticker }), t(`policy.${policy}How`)),
      onError: (error) => notify.failed(t("policy.failed"), text(error)),
    });
  return (
    <div className="flex flex-wrap items-center gap-2 text-[13px] text-muted">
      <span aria-hidden>{t("policy.label")}</span>
      <Segmented
        label={t("policy.label")}
        value={change.isPending ? change.variables : data.policy}
        options={POLICIES.map((value) => ({ value, label: t(`policy.${value}`), title: t(`policy.${value}How`) }))}
        onChange={choose}
      />
    </div>
  );
}
