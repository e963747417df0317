import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const SHOWN_MS = 1_500;

/** A text that one may want elsewhere, with a button that copies it. `shown` is its shorter form. */
export function CopyText({ text, shown = text }: { text: string; shown?: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const Icon = copied ? Check : Copy;
  return (
    <span className="inline-flex min-w-0 items-center gap-0.5">
      <code className="font-mono text-xs break-all" title={text}>
        {shown}
      </code>
      {navigator.clipboard && (
        <button
          type="button"
          aria-label={copied ? t("action.copied") : t("action.copy", { text: shown })}
          className="inline-flex size-6 shrink-0 items-center justify-center rounded hover:bg-raised"
          onClick={() => navigator.clipboard.writeText(text).then(() => setCopied(true))}
        >
          <Icon aria-hidden className="size-3.5" />
        </button>
      )}
    </span>
  );
}
