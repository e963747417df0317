import { Dialog as BaseDialog } from "@base-ui/react/dialog";
import { clsx } from "clsx";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  description?: ReactNode;
  /** `drawer` stands at the right edge and is as high as the page. */
  shape?: "modal" | "drawer";
  children: ReactNode;
}

const shapes = {
  modal:
    "top-1/2 left-1/2 max-h-[85dvh] w-[min(32rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 rounded-2xl data-starting-style:scale-97 data-ending-style:scale-97",
  drawer:
    "inset-y-0 right-0 h-dvh w-[min(46rem,100vw)] border-y-0 border-r-0 data-starting-style:translate-x-6 data-ending-style:translate-x-6",
};

export function Dialog({ open, onClose, title, description, shape = "modal", children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <BaseDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="fixed inset-0 z-40 bg-black/40 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <BaseDialog.Popup
          className={clsx(
            "fixed z-50 flex flex-col border border-line bg-surface shadow-overlay outline-none transition-[opacity,scale,translate] duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0",
            shapes[shape],
          )}
        >
          <header className="flex items-start justify-between gap-4 border-b border-line px-5 py-4">
            <div className="min-w-0">
              <BaseDialog.Title className="text-base font-semibold tracking-[-0.01em] break-words">
                {title}
              </BaseDialog.Title>
              {description && (
                <BaseDialog.Description className="mt-0.5 text-[13px] text-muted" render={<div />}>
                  {description}
                </BaseDialog.Description>
              )}
            </div>
            <BaseDialog.Close
              aria-label={t("action.close")}
              className="inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-muted hover:bg-raised hover:text-ink"
            >
              <X aria-hidden className="size-4" />
            </BaseDialog.Close>
          </header>
          <div className="flex flex-1 flex-col gap-5 overflow-y-auto px-5 py-4">{children}</div>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}
