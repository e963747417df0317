/** Acknowledge, mute for a while, unmute. */
import { BellOff, BellRing, Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useAcknowledge, useMute, useUnmute } from "@/api/alerts";
import type { Alert } from "@/api/types";
import { Button } from "@/components/ui/button";
import { useErrorText } from "@/components/ui/state";
import { notify } from "@/components/ui/toast";
import { actor } from "@/lib/actor";

const MUTES = [
  { minutes: 15, label: "alerts.minutes15" },
  { minutes: 60, label: "alerts.hour" },
  { minutes: 24 * 60, label: "alerts.day" },
] as const;

interface ActionsProps {
  alert: Alert;
  /** A button that has done its work goes away; this is where the focus goes. */
  onDone: () => void;
}

/** What is said of an action once it is done, or why it was not. */
function useOutcome(alert: Alert, onDone: () => void) {
  const { t } = useTranslation();
  const text = useErrorText();
  return (done: string) => ({
    onSuccess: () => {
      notify.done(done, alert.summary);
      onDone();
    },
    onError: (error: Error) => notify.failed(t("alerts.notDone"), text(error)),
  });
}

interface MuteChoiceProps {
  busy: boolean;
  onMute: (minutes: number, time: string) => void;
}

function MuteChoice({ busy, onMute }: MuteChoiceProps) {
  const { t } = useTranslation();
  return (
    <fieldset className="flex flex-wrap items-center" disabled={busy}>
      <legend className="sr-only">{t("alerts.muteFor")}</legend>
      <BellOff aria-hidden className="mr-1.5 size-3.5 text-muted" />
      <span aria-hidden className="mr-1 text-xs text-muted">
        {t("alerts.muteFor")}
      </span>
      {MUTES.map(({ minutes, label }) => (
        <Button
          key={minutes}
          size="sm"
          variant="ghost"
          aria-label={t("alerts.muteThis", { time: t(label) })}
          onClick={() => onMute(minutes, t(label))}
        >
          {t(label)}
        </Button>
      ))}
    </fieldset>
  );
}

/** The mutations live here, and not in the buttons: one that goes away would not be told that it has done its work. */
export function AlertActions({ alert, onDone }: ActionsProps) {
  const { t } = useTranslation();
  const outcome = useOutcome(alert, onDone);
  const acknowledge = useAcknowledge();
  const mute = useMute();
  const unmute = useUnmute();
  const firing = alert.state === "firing";
  const { id } = alert;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      {firing && alert.acknowledged_at === null && (
        <Button
          size="sm"
          busy={acknowledge.isPending}
          onClick={() => acknowledge.mutate({ id, actor: actor() }, outcome(t("alerts.acknowledged")))}
        >
          {!acknowledge.isPending && <Check aria-hidden className="size-3.5" />}
          {t("alerts.acknowledge")}
        </Button>
      )}
      {alert.muted_until !== null && (
        <Button
          size="sm"
          variant="ghost"
          busy={unmute.isPending}
          onClick={() => unmute.mutate(id, outcome(t("alerts.unmuted")))}
        >
          {!unmute.isPending && <BellRing aria-hidden className="size-3.5" />}
          {t("alerts.unmute")}
        </Button>
      )}
      {firing && alert.muted_until === null && (
        <MuteChoice
          busy={mute.isPending}
          onMute={(minutes, time) => mute.mutate({ id, minutes, actor: actor() }, outcome(t("alerts.muted", { time })))}
        />
      )}
    </div>
  );
}
