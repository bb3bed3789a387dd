import type { Millis } from '../core/clock.js';

/** What window definitions of all kinds have in common. */
interface CommonDefinition {
  readonly name: string;
  /** How far the watermark stays behind the stream's time. */
  readonly graceMs: Millis;
  /** Globs over metric and tenant names. */
  readonly metrics: string;
  readonly tenants: string;
  /** Tags that series are grouped by; null takes all of them, [] none. */
  readonly groupBy: readonly string[] | null;
  /** Most series of one partition, in a pane or with sessions; the worker's own limit if left out. */
  readonly maxSeries?: number;
  /** Quantiles that are estimated, each in [0, 1], with a relative error of 1 %; none by default. */
  readonly quantiles?: readonly number[];
}

/**
 * Windows aligned to the epoch, `start` inclusive and `end` exclusive:
 * `[n * advanceMs, n * advanceMs + sizeMs)`. Tumbling is hopping with `advanceMs = sizeMs`.
 */
export interface AlignedDefinition extends CommonDefinition {
  readonly kind?: never;
  readonly sizeMs: Millis;
  /** At most `sizeMs`, and a divisor of it, so that panes are few. */
  readonly advanceMs: Millis;
}

/** Runs of points, each less than `gapMs` after the one before; see `SessionStore`. */
export interface SessionDefinition extends CommonDefinition {
  readonly kind: 'session';
  readonly gapMs: Millis;
  /** A session whose points span this is cut; at least twice `gapMs`. */
  readonly maxMs: Millis;
}

export type WindowDefinition = AlignedDefinition | SessionDefinition;

/** The most that a window's end lies behind its start. */
export function longestMs(definition: WindowDefinition): Millis {
  return definition.kind === 'session' ? definition.maxMs + definition.gapMs : definition.sizeMs;
}

/** What is computed without a `WINDOWS_FILE`. */
export const DEFAULT_DEFINITIONS: readonly AlignedDefinition[] = [
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
