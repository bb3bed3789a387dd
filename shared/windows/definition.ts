import type { Millis } from '../core/clock.js';

/**
 * A window definition. Windows are aligned to the epoch, `start` inclusive and `end` exclusive:
 * `[n * advanceMs, n * advanceMs + sizeMs)`. Tumbling is hopping with `advanceMs = sizeMs`.
 */
export interface WindowDefinition {
  readonly name: string;
  readonly sizeMs: Millis;
  /** At most `sizeMs`, and a divisor of it, so that panes are few. */
  readonly advanceMs: Millis;
  /** How far the watermark stays behind the stream's time. */
  readonly graceMs: Millis;
  /** Globs over metric and tenant names. */
  readonly metrics: string;
  readonly tenants: string;
  /** Tags that tell series apart; null takes all of them, [] none. */
  readonly groupBy: readonly string[] | null;
  /** Quantiles that are estimated, each in [0, 1], with a relative error of 1 %; none by default. */
  readonly quantiles?: readonly number[];
}

/** What is computed without a `WINDOWS_FILE`. */
export const DEFAULT_DEFINITIONS: readonly WindowDefinition[] = [
  {
    name: '10s',
    sizeMs: 10_000,
    advanceMs: 10_000,
    graceMs: 5_000,
    metrics: '*',
    tenants: '*',
    groupBy: null,
  },
  {
    name: '1m',
    sizeMs: 60_000,
    advanceMs: 10_000,
    graceMs: 5_000,
    metrics: '*',
    tenants: '*',
    groupBy: null,
  },
];
