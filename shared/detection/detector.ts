import type { Millis } from '../core/clock.js';

/** One figure of one series. A value that is null or not finite is a missing point. */
export interface Observation {
  readonly at: Millis;
  readonly value: number | null;
}

/** How much an anomaly stands out; `info` also where there is none. */
export type Severity = 'info' | 'warning' | 'critical';

/** What a detector says of one observation, judged by what it knew before it. */
export interface Verdict {
  /** 0 (as expected) to 1, with 0.5 on the edge of the band. Not de-bounced. */
  readonly score: number;
  readonly expected: number;
  /** `lower <= expected <= upper`; until a detector has warmed up, the span of what it has seen. */
  readonly lower: number;
  readonly upper: number;
  /** True once per incident: when it begins, and again if it grows clearly worse. */
  readonly isAnomaly: boolean;
  readonly severity: Severity;
}

/**
 * An online detector for one series: `(state, observation) -> (state, verdict)`.
 *
 * `observe` is pure and deterministic: it changes nothing that it is given and reads no clock. Each
 * detector lives in a file of its own; whoever runs one (a worker, a command over a CSV file)
 * knows this interface only, and keeps one state per series.
 */
export interface Detector<State> {
  /** Stands in `Anomaly.detector`. */
  readonly name: string;
  initial(): State;
  observe(state: State, observation: Observation): readonly [State, Verdict];
  /** The state as bytes, well under 2 KB, beginning with a version. */
  save(state: State): Buffer;
  /**
   * The same state again; null for bytes of another version or detector: the series then starts
   * anew. `saved` is a view on a larger buffer: what is kept of it is copied.
   */
  load(saved: Buffer): State | null;
}

/**
 * The score of a distance, given in half-widths of the band: `d^2 / (1 + d^2)`, so that the edge
 * scores 0.5, twice as far 0.8 and three times as far 0.9.
 */
export function scoreOf(distance: number): number {
  const square = Math.min(distance, 1e6) ** 2;
  return square / (1 + square);
}

/** `critical` from three half-widths of the band, `warning` from about one and a half. */
export function severityOf(score: number): Severity {
  if (score >= 0.9) return 'critical';
  return score >= 0.7 ? 'warning' : 'info';
}
