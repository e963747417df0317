/** Sessions are dates of the exchange; instants are shown in the reader's own time with UTC one hover away. */
import { useLocale } from "@/i18n";
import { formatAge, formatInstant, formatSession } from "@/lib/format";
import { useNow } from "@/lib/now";

export function Session({ session, weekday = false }: { session: string; weekday?: boolean }) {
  const locale = useLocale();
  return (
    <time dateTime={session} className="whitespace-nowrap">
      {formatSession(session, locale, weekday)}
    </time>
  );
}

export function Instant({ at }: { at: string }) {
  const locale = useLocale();
  return (
    <time dateTime={at} title={`${formatInstant(at, locale, "UTC")} UTC`} className="whitespace-nowrap">
      {formatInstant(at, locale)}
    </time>
  );
}

export function Age({ at }: { at: string }) {
  const locale = useLocale();
  const now = useNow();
  return (
    <time dateTime={at} title={`${formatInstant(at, locale, "UTC")} UTC`} className="whitespace-nowrap">
      {formatAge(at, now, locale)}
    </time>
  );
}
