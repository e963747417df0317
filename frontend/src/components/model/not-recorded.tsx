import { useTranslation } from "react-i18next";

/** What stands in place of a part that a model does not have. */
export function NotRecorded() {
  const { t } = useTranslation();
  return <p className="text-[13px] text-muted">{t("model.notRecorded")}</p>;
}
