import { Ban, CircleCheck, CircleX, Clock, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { JobState } from "@/api/types";
import { Badge, type Tone } from "./badge";

const looks: Record<JobState, { tone: Tone; Icon: typeof Ban }> = {
  queued: { tone: "neutral", Icon: Clock },
  running: { tone: "accent", Icon: LoaderCircle },
  succeeded: { tone: "good", Icon: CircleCheck },
  failed: { tone: "bad", Icon: CircleX },
  cancelled: { tone: "neutral", Icon: Ban },
};

export function JobStateBadge({ state }: { state: JobState }) {
  const { t } = useTranslation();
  const { tone, Icon } = looks[state];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden className={state === "running" ? "animate-spin" : undefined} />}>
      {t(`jobState.${state}`)}
    </Badge>
  );
}
