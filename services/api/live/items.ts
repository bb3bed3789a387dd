import type { Alert, Anomaly, WindowAggregate } from '../../../schemas/types.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { KINDS, type KindNumber } from '../../../shared/wire/metric-point-reader.js';
import type { Series } from '../../../shared/wire/series.js';
import { ruleOfAlert } from '../rules/rule-of-alert.js';

/** The messages that carry data. */
export type LiveType = 'metric_update' | 'window_update' | 'anomaly' | 'alert';

/**
 * Something with a newest state. Clients that have not been sent it yet refer to it, and are sent the state that it has
 * then: that is how updates coalesce. Its JSON is made once, however many clients it goes to.
 */
export interface LiveItem {
  readonly type: LiveType;
  /** JSON of the newest state. */
  text(): string;
}

/** The newest point of a series, in order of offsets. */
export class PointItem implements LiveItem {
  readonly type = 'metric_update';
  /** -1 before the first point. */
  offset = -1;
  #partition = 0;
  #timestamp = 0;
  #value = 0;
  #kind: KindNumber = 0;
  #text: string | null = null;

  /** @param head as {@link headOf} gives it */
  constructor(readonly head: string) {}

  set(partition: number, offset: number, timestamp: number, value: number, kind: KindNumber): void {
    this.offset = offset;
    this.#partition = partition;
    this.#timestamp = timestamp;
    this.#value = value;
    this.#kind = kind;
    this.#text = null;
  }

  text(): string {
    const value = Number.isFinite(this.#value) ? this.#value : null;
    this.#text ??= `${this.head},"timestamp":"${isoTime(this.#timestamp)}","value":${value},"kind":"${KINDS[this.#kind]}","partition":${this.#partition},"offset":${this.offset}}`;
    return this.#text;
  }
}

/** The newest window of a series and a definition. */
export class WindowItem implements LiveItem {
  readonly type = 'window_update';
  #text: string | null = null;

  constructor(private window: WindowAggregate) {}

  set(window: WindowAggregate): void {
    this.window = window;
    this.#text = null;
  }

  text(): string {
    this.#text ??= JSON.stringify(shownWindow(this.window));
    return this.#text;
  }
}

/** Where one alert stands. */
export class AlertItem implements LiveItem {
  readonly type = 'alert';
  #text: string | null = null;

  constructor(public alert: Alert) {}

  set(alert: Alert): void {
    this.alert = alert;
    this.#text = null;
  }

  text(): string {
    this.#text ??= JSON.stringify(shownAlert(this.alert));
    return this.#text;
  }
}

/** The beginning of the JSON of a point: its series. */
export function headOf({ tenantId, metric, tags }: Series): string {
  return JSON.stringify({ tenantId, metric, tags }).slice(0, -1);
}

/** A window as clients are sent it: without its sketch, which is large and for merging in the database. */
function shownWindow({
  sketch: _,
  watermark: __,
  start,
  end,
  emittedAt,
  ...figures
}: WindowAggregate): object {
  return { ...figures, start: isoTime(start), end: isoTime(end), emittedAt: isoTime(emittedAt) };
}

function shownAlert({ startsAt, endsAt, updatedAt, ...state }: Alert): object {
  return {
    ...state,
    rule: ruleOfAlert(state.tenantId, state.rule),
    startsAt: isoTime(startsAt),
    endsAt: endsAt === null ? null : isoTime(endsAt),
    updatedAt: isoTime(updatedAt),
  };
}

/** JSON of an anomaly. */
export function anomalyText({ start, end, detectedAt, ...figures }: Anomaly): string {
  const times = { start: isoTime(start), end: isoTime(end), detectedAt: isoTime(detectedAt) };
  return JSON.stringify({ ...figures, ...times });
}
