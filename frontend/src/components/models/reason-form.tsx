/** Asks why: the ledger keeps it. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Field, TextArea } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/state";

const MIN = 3;
const MAX = 500;

interface ReasonFormProps {
  confirm: ReactNode;
  busy: boolean;
  /** Something else must be answered first. */
  blocked?: boolean;
  error: Error | null;
  /** Stands below an error: a way on. */
  extra?: ReactNode;
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

export function ReasonForm({ confirm, busy, blocked = false, error, extra, onConfirm, onClose }: ReasonFormProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onConfirm(reason.trim());
      }}
    >
      <Field label={t("reason.label")} hint={t("reason.hint", { min: MIN })}>
        <TextArea
          required
          minLength={MIN}
          maxLength={MAX}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </Field>
      {error && <ErrorState error={error} />}
      {extra}
      <div className="flex justify-end gap-2">
        <Button variant="ghost" onClick={onClose}>
          {t("action.back")}
        </Button>
        <Button type="submit" variant="primary" busy={busy} disabled={blocked || reason.trim().length < MIN}>
          {confirm}
        </Button>
      </div>
    </form>
  );
}
