/** The same day some years before; a 29th of February becomes a 28th where there is none. */
export function yearsBefore(session: string, years: number): string {
  const [year = 0, month = 1, day = 1] = session.split("-").map(Number);
  const lastOfMonth = new Date(Date.UTC(year - years, month, 0)).getUTCDate();
  return new Date(Date.UTC(year - years, month - 1, Math.min(day, lastOfMonth))).toISOString().slice(0, 10);
}
