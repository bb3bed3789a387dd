import { IDLE_TIMEOUT_MS } from './definitions.js';

/** A worker takes an answer of the log for "read to the end" for about as long as this. */
const STALE_ANSWER_MS = 2_000;
/** Between what the broker's and a worker's clock show for one moment on one machine. */
const SLACK_MS = 250;

/** What is known of a partition's time at a record. */
export interface TimeBounds {
  readonly least: number;
  readonly most: number;
  observe(timestamp: number, appendedAt: number): void;
}

/** Of a partition whose time is not its own: the records of `metrics` do not say. */
export const UNKNOWN_TIME: TimeBounds = {
  least: Number.NEGATIVE_INFINITY,
  most: Number.POSITIVE_INFINITY,
  observe: () => {},
};

/**
 * The time of one partition of `metrics` that is written without ingest, worked out from the log alone. What no worker's clock
 * decides is exact: at each record, time is at least the highest timestamp so far, capped by when
 * the broker took the record in. What the idle time-out may have added has an upper bound: it needs
 * a silence in the log.
 */
export class StreamClock implements TimeBounds {
  #highest = Number.NEGATIVE_INFINITY;
  #lastAppendedAt = Number.NEGATIVE_INFINITY;
  /** Time at the last record, if nothing was ever idle. */
  least = Number.NEGATIVE_INFINITY;
  /** The same with all that idle workers may have added. */
  most = Number.NEGATIVE_INFINITY;

  observe(timestamp: number, appendedAt: number): void {
    const silence = appendedAt - this.#lastAppendedAt;
    if (silence >= IDLE_TIMEOUT_MS - STALE_ANSWER_MS - SLACK_MS && Number.isFinite(silence))
      this.most = Math.max(this.most, appendedAt + STALE_ANSWER_MS + SLACK_MS);
    this.#lastAppendedAt = appendedAt;
    this.#highest = Math.max(this.#highest, timestamp);
    this.least = Math.max(this.least, Math.min(this.#highest, appendedAt));
    this.most = Math.max(this.most, this.least);
  }
}
