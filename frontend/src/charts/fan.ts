/** The forecast fan as shapes over sessions: pure, so that it can be checked without a canvas. */
import type { Band } from "@/api/types";

export interface FanPoint {
  target_date: string;
  predicted_close: number;
  naive_close: number;
  bands: Band[];
}

export interface FanOrigin {
  session: string;
  close: number;
}

interface LinePoint {
  time: string;
  value: number;
}

export interface BandEdge {
  time: string;
  lower: number;
  upper: number;
}

export interface Fan {
  /** Widest first, the order in which they are painted. */
  levels: { coverage: number; edges: BandEdge[] }[];
  median: LinePoint[];
  naive: LinePoint[];
}

function ordered(origin: FanOrigin, points: readonly FanPoint[]): FanPoint[] {
  const bySession = new Map(points.map((point) => [point.target_date, point]));
  return [...bySession.values()]
    .filter((point) => point.target_date > origin.session)
    .sort((a, b) => (a.target_date < b.target_date ? -1 : 1));
}

function sharedCoverages(points: readonly FanPoint[]): number[] {
  const [first, ...rest] = points.map((point) => point.bands.map((band) => band.coverage));
  const shared = (first ?? []).filter((coverage) => rest.every((levels) => levels.includes(coverage)));
  return shared.sort((a, b) => b - a);
}

function edges(origin: FanOrigin, points: readonly FanPoint[], coverage: number): BandEdge[] {
  const start = { time: origin.session, lower: origin.close, upper: origin.close };
  const rest = points.flatMap(({ target_date, bands }) => {
    const band = bands.find((candidate) => candidate.coverage === coverage);
    return band ? [{ time: target_date, lower: band.lower, upper: band.upper }] : [];
  });
  return [start, ...rest];
}

/** The fan from the last bar on, or null when no point lies after it. Repeated sessions keep their last answer. */
export function buildFan(origin: FanOrigin, points: readonly FanPoint[]): Fan | null {
  const path = ordered(origin, points);
  if (!path.length) return null;
  const start = { time: origin.session, value: origin.close };
  return {
    levels: sharedCoverages(path).map((coverage) => ({ coverage, edges: edges(origin, path, coverage) })),
    median: [start, ...path.map((point) => ({ time: point.target_date, value: point.predicted_close }))],
    naive: [start, ...path.map((point) => ({ time: point.target_date, value: point.naive_close }))],
  };
}

/** Lowest and highest price that the fan reaches. */
export function fanExtent(fan: Fan): { min: number; max: number } {
  const lows = fan.levels.flatMap((level) => level.edges.map((edge) => edge.lower));
  const highs = fan.levels.flatMap((level) => level.edges.map((edge) => edge.upper));
  const lines = [...fan.median, ...fan.naive].map((point) => point.value);
  return { min: Math.min(...lows, ...lines), max: Math.max(...highs, ...lines) };
}
