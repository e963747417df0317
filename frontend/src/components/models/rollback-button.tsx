import { Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRollback } from "@/api/models";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { notify } from "@/components/ui/toast";
import { ReasonForm } from "./reason-form";

function RollbackDialog({ ticker, onClose }: { ticker: string; onClose: () => void }) {
  const { t } = useTranslation();
  const rollback = useRollback();
  return (
    <Dialog open onClose={onClose} title={t("rollback.title", { ticker })} description={t("rollback.what", { ticker })}>
      <ReasonForm
        confirm={t("rollback.confirm")}
        busy={rollback.isPending}
        error={rollback.error}
        onClose={onClose}
        onConfirm={(reason) =>
          rollback.mutate(
            { ticker, reason },
            {
              onSuccess: () => {
                notify.done(t("rollback.done", { ticker }));
                onClose();
              },
            },
          )
        }
      />
    </Dialog>
  );
}

export function RollbackButton({ ticker }: { ticker: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Undo2 aria-hidden className="size-4" />
        {t("rollback.start")}
      </Button>
      {open && <RollbackDialog ticker={ticker} onClose={() => setOpen(false)} />}
    </>
  );
}
