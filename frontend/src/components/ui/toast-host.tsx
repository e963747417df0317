/** Draws the toasts. Loaded with the first of them. */
import { Toast as BaseToast } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { receiveToasts } from "./toast";

function ToastList() {
  const { t } = useTranslation();
  const { toasts: shown, add } = BaseToast.useToastManager();
  useEffect(
    () =>
      receiveToasts((toast) => add(toast.type === "failed" ? { ...toast, priority: "high", timeout: 12_000 } : toast)),
    [add],
  );
  return shown.map((toast) => (
    <BaseToast.Root
      key={toast.id}
      toast={toast}
      swipeDirection="right"
      className="w-full rounded-xl border border-line bg-surface shadow-overlay transition-[opacity,translate] duration-200 data-ending-style:opacity-0 data-starting-style:translate-y-3 data-starting-style:opacity-0"
    >
      <BaseToast.Content className="flex items-start gap-3 p-3.5">
        {toast.type === "failed" ? (
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-down" />
        ) : (
          <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-up" />
        )}
        <div className="min-w-0 flex-1 text-sm">
          <BaseToast.Title className="font-medium" render={<p />} />
          <BaseToast.Description className="mt-0.5 break-words text-muted" />
        </div>
        <BaseToast.Close
          aria-label={t("action.close")}
          className="inline-flex size-6 shrink-0 items-center justify-center rounded text-muted hover:bg-raised hover:text-ink"
        >
          <X aria-hidden className="size-3.5" />
        </BaseToast.Close>
      </BaseToast.Content>
    </BaseToast.Root>
  ));
}

export default function ToastHost() {
  return (
    <BaseToast.Provider limit={3}>
      <BaseToast.Portal>
        <BaseToast.Viewport className="fixed right-4 bottom-20 z-60 flex w-[min(22rem,calc(100vw-2rem))] flex-col gap-2 lg:bottom-4">
          <ToastList />
        </BaseToast.Viewport>
      </BaseToast.Portal>
    </BaseToast.Provider>
  );
}
