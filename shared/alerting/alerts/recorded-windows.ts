import type { WindowAggregate } from '../../../schemas/types.js';
import type { Millis } from '../../core/clock.js';
import { SharedRoom } from '../../core/tenant-shares.js';
import { isAllowedValue } from '../../wire/metric-point-reader.js';
import { type Series, seriesHash } from '../../wire/series.js';
import { isDividedByZero } from '../rules/condition.js';
import type { Rule } from '../rules/rule.js';

/** The window that a value is of. */
export interface RecordedSpan {
  /** Name of the definition. */
  readonly window: string;
  readonly start: Millis;
  readonly end: Millis;
}

/** What became of one evaluation of a recording rule; `failed`: an alert `RuleFailing` says why. */
export const RECORDING_OUTCOMES = ['recorded', 'no_value', 'failed', 'limit', 'tenant'] as const;
export type RecordingOutcome = (typeof RECORDING_OUTCOMES)[number];

export interface RecordedWindowsOptions {
  /** Most series that are recorded at a time; four fifths of them of one tenant. */
  readonly maxSeries: number;
  readonly outcome: (outcome: RecordingOutcome) => void;
}

/** Most tags of a series, as ingest has it by default. */
const MAX_TAGS = 64;
/** A series of which nothing was recorded for so long makes room for others. */
const FORGET_MS: Millis = 3_600_000;
const SWEEP_MS: Millis = 60_000;

/**
 * The results of recording rules of one input partition, as windows of one value: of the same definition and time as
 * what they are made of.
 *
 * They are written in the transaction that takes in what they are made of, so each is there once. As points of `metrics`
 * they would come behind the watermark that has closed their windows: with senders of a batch every 15 s, and with any
 * backlog, all of them late.
 */
export class RecordedWindows {
  readonly #room: SharedRoom;
  /** Tenant, and end of the last window, by the hash of the series. */
  readonly #series = new Map<string, { readonly tenantId: string; lastAt: Millis }>();
  #windows: WindowAggregate[] = [];
  #newest: Millis = 0;
  #sweptAt: Millis = 0;

  constructor(private readonly options: RecordedWindowsOptions) {
    this.#room = new SharedRoom(options.maxSeries);
  }

  /**
   * Takes what a rule gives for a series. Not a number, infinite, divided by zero, and beyond what a point may have, is
   * no value.
   *
   * @param of the series to be recorded, with the tags of what it is made of
   * @param result a number, or why there is none
   * @returns why the series cannot be recorded; null where it is, or has no value
   */
  add(
    { labels, alertName }: Rule,
    of: Series,
    span: RecordedSpan,
    result: number | string,
    now: Millis,
  ): string | null {
    const problem = typeof result === 'string' ? result : labelProblem(of.tags, labels);
    const isNone = typeof result === 'string' ? isDividedByZero(result) : !isAllowedValue(result);
    if (isNone || problem !== null) {
      this.options.outcome(isNone ? 'no_value' : 'failed');
      return isNone ? null : problem;
    }
    const value = Number(result);
    const { tenantId, metric } = of;
    const tags = { ...of.tags, ...labels };
    const full = this.#admit({ tenantId, metric, tags }, span.end, now);
    this.options.outcome(full ?? 'recorded');
    if (full !== null) return null;
    this.#windows.push({
      ...{ tenantId, metric, tags, ...span, count: 1 },
      ...{ sum: value, min: value, max: value, mean: value, stddev: 0, first: value, last: value },
      ...{ quantiles: null, watermark: span.end, emittedAt: now },
      ...{ increase: null, rate: null, distinct: null, sketch: null, recordedBy: alertName },
    });
    return null;
  }

  /** The windows since the last call, in order. */
  drain(): WindowAggregate[] {
    const windows = this.#windows;
    this.#windows = [];
    return windows;
  }

  #admit({ tenantId, metric, tags }: Series, end: Millis, now: Millis): 'limit' | 'tenant' | null {
    // What is ahead of the clock must not make others last for ever, nor itself.
    if (end <= now) this.#newest = Math.max(this.#newest, end);
    const at = Math.min(end, now);
    if (this.#newest - this.#sweptAt >= SWEEP_MS) this.#forget();
    const key = seriesHash({ tenantId, metric, tags });
    const known = this.#series.get(key);
    if (known !== undefined) {
      known.lastAt = Math.max(known.lastAt, at);
      return null;
    }
    const full = this.#room.refuses(tenantId, this.#series.size, () => this.#tenants());
    if (full !== null) return full === 'full' ? 'limit' : 'tenant';
    this.#room.added(tenantId);
    this.#series.set(key, { tenantId, lastAt: at });
    return null;
  }

  #forget(): void {
    this.#sweptAt = this.#newest;
    for (const [key, { tenantId, lastAt }] of this.#series)
      if (this.#newest - lastAt >= FORGET_MS) {
        this.#series.delete(key);
        this.#room.removed(tenantId, this.#series.size);
      }
  }

  *#tenants(): Generator<string> {
    for (const { tenantId } of this.#series.values()) yield tenantId;
  }
}

/** Labels are added: replacing tags would make one series of two. */
function labelProblem(tags: Series['tags'], labels: Rule['labels']): string | null {
  const names = Object.keys(labels);
  const taken = names.find((name) => Object.hasOwn(tags, name));
  if (taken !== undefined)
    return `the series has the tag ${taken} already, which the label of that name would replace`;
  if (Object.keys(tags).length + names.length <= MAX_TAGS) return null;
  return `the series would have more than ${MAX_TAGS} tags`;
}
