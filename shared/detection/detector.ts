import type { Millis } from '../core/clock.js';

/** One figure of one series. A value that is null or not finite is a missing point. */
export interface Observation {
  readonly at: Millis;
  readonly value: number | null;
}

/** How much an anomaly stands out; `info` also where there is none. */
export type Severity = 'info' | 'warning' | 'critical';

/** What was odd about an observation, for words that a person understands. */
export interface Reason {
  /** Names of the parts that spoke up, loudest first. */
  readonly parts: readonly string[];
  /** What the loudest of them had expected and what it saw instead, in its own measure. */
  readonly usual: number;
  readonly seen: number;
}

/** What a detector finds in one observation, given what it knew before. */
export interface DetectionResult {
  /** 0 (as expected) to 1; an anomaly from 0.5 on. De-bounced: of one incident only its beginning scores. */
  readonly score: number;
  readonly expected: number;
  /** `lower <= expected <= upper`: where nearly all values of this series lie that follow such an expectation. */
  readonly lower: number;
  readonly upper: number;
  /** True once per incident: when it begins, and again if it grows clearly worse. */
  readonly isAnomaly: boolean;
  readonly severity: Severity;
  /** Whether `expected` is what the series shows at this time of the day or week. */
  readonly isSeasonal: boolean;
  /** Null unless it is an anomaly. */
  readonly reason: Reason | null;
}

/**
 * An online detector for one series: `(state, observation) -> (state, result)`.
 *
 * `observe` is pure and deterministic: it changes nothing that it is given but a spare state, and reads no clock. Each
 * detector lives in a file of its own; what runs one (a worker, a command over a CSV file)
 * knows this interface only, and keeps one state per series.
 */
export interface Detector<State> {
  readonly name: string;
  initial(): State;
  /** @param spare a state that nobody needs any more, whose memory the new one may use */
  observe(state: State, observation: Observation, spare?: State): readonly [State, DetectionResult];
  /** Bytes of a saved state, under 2.5 KB. */
  readonly savedBytes: number;
  /** The state as bytes, beginning with a version. @param into what is written to, from its begin on; by default a buffer of its own */
  save(state: State, into?: Buffer): Buffer;
  /**
   * The same state again; null for bytes of another version or detector: the series then starts
   * anew. `saved` is a view on a larger buffer: what is kept of it is copied.
   *
   * @param spare as of `observe`
   */
  load(saved: Buffer, spare?: State): State | null;
}

/** Larger magnitudes count as this one: every intermediate figure, be it of 32 bits, stays finite. */
const LARGEST = 1e30;

/** A finite value, as detectors take it. */
export function bounded(value: number): number {
  return Math.min(LARGEST, Math.max(-LARGEST, value));
}

/** From which score on detection reports an anomaly. */
export const ANOMALY_SCORE = 0.5;
/** Of what does not depend on evidence, such as a sensor that is stuck: `warning`. */
export const CERTAIN_SCORE = 0.7;

const STEEPNESS = 4;

/** Evidence, given in multiples of what makes an anomaly, as a score: 1 is 0.5, 1.17 is 0.65, 1.41 is 0.8. */
export function scoreOf(evidence: number): number {
  const power = Math.min(evidence, 1e6) ** STEEPNESS;
  return power / (1 + power);
}

export function severityOf(score: number): Severity {
  if (score >= 0.8) return 'critical';
  return score >= 0.65 ? 'warning' : 'info';
}

/** What becomes of a score with `factor` times the evidence, as a sensitivity that is so many times as high makes of it. */
export function rescored(score: number, factor: number): number {
  const power = score * factor ** STEEPNESS;
  return power / (1 - score + power);
}
