/** Numbers of the record as the page prints them; what is not recorded is a dash. */
import { useLocale } from "@/i18n";
import { formatNumber, formatPercent, formatPValue } from "@/lib/format";

type Maybe = number | null | undefined;
type MaybeRange = readonly [number, number] | null;

export interface Numbers {
  number: (value: Maybe, digits?: number) => string;
  /** Of a share, without a sign: 0.5 is "50.0 %". */
  share: (value: Maybe, digits?: number) => string;
  shares: (range: MaybeRange, digits?: number) => string;
  /** Of a change, with its sign. */
  signed: (value: Maybe, digits?: number) => string;
  signedRange: (range: MaybeRange, digits?: number) => string;
  pValue: (value: Maybe) => string;
}

export function useNumbers(): Numbers {
  const locale = useLocale();
  const known =
    (print: (value: number) => string) =>
    (value: Maybe): string =>
      value == null ? "–" : print(value);
  const share = (value: Maybe, digits = 1) => known((each) => `${formatNumber(each * 100, locale, digits)} %`)(value);
  const signed = (value: Maybe, digits = 2) => known((each) => formatPercent(each, locale, digits))(value);
  return {
    number: (value, digits = 0) => known((each) => formatNumber(each, locale, digits))(value),
    share,
    shares: (range, digits = 1) =>
      range ? `${formatNumber(range[0] * 100, locale, digits)} – ${share(range[1], digits)}` : "–",
    signed,
    signedRange: (range, digits = 2) => (range ? `${signed(range[0], digits)} … ${signed(range[1], digits)}` : "–"),
    pValue: known((each) => formatPValue(each, locale).replace("= ", "")),
  };
}
