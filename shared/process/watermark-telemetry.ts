import { Counter, Gauge, type Registry } from 'prom-client';
import type { Millis } from '../core/clock.js';
import type { Saved, Stage } from '../core/stage.js';
import { DIRECT, type PassedOver, type SourceName, type SourceObserver } from '../windows/source.js';
import type { SourceTimes } from '../windows/source-times.js';
import type { Health } from './health.js';
import type { Logger } from './logger.js';

const REPORT_EVERY_MS = 1_000;

/** Metrics of windowing and alerting: the sources that a watermark waits for. */
export function watermarkMetrics(register: Registry) {
  const registers = [register];
  return {
    holder: new Gauge({
      name: 'tactus_watermark_holder_seconds',
      help: 'Of windowing and alerting: for how long the time of the source that the watermark of a partition waits for has not moved; only the present one: partition source_partition of source_topic, an input of source_stage',
      labelNames: ['topic', 'partition', 'source_stage', 'source_topic', 'source_partition'],
      registers,
    }),
    passed: new Counter({
      name: 'tactus_watermark_sources_passed_over_total',
      help: 'Of windowing and alerting: sources that a watermark went on without: one that stood still for TACTUS_WATERMARK_HOLD_MS (hold), one that was read to its end and yet far behind all others (slow), or one that was forgotten by command (forgotten)',
      labelNames: ['topic', 'reason'],
      registers,
    }),
    back: new Counter({
      name: 'tactus_watermark_sources_caught_up_total',
      help: 'Of windowing and alerting: sources that a watermark went on without, and that have caught up since',
      labelNames: ['topic', 'reason'],
      registers,
    }),
  };
}

interface Holder {
  readonly labels: Readonly<Record<string, string>>;
  readonly key: string;
  readonly since: Millis;
}

export interface WatermarkTelemetryOptions {
  readonly log: Logger;
  readonly health: Health;
  /** From this on `/readyz` names a source that does not move. */
  readonly standsAfterMs: Millis;
}

/** Shows which input partition of which stage the watermark of each partition waits for. */
export class WatermarkTelemetry {
  readonly #holders = new Map<string, Holder>();
  readonly #reportedAt = new Map<string, Millis>();

  constructor(
    private readonly metrics: ReturnType<typeof watermarkMetrics>,
    private readonly options: WatermarkTelemetryOptions,
  ) {}

  /** @param topic the logical name */
  observer(topic: string, partition: number): SourceObserver {
    const { log } = this.options;
    for (const reason of Object.keys(TEXTS)) {
      this.metrics.passed.inc({ topic, reason }, 0);
      this.metrics.back.inc({ topic, reason }, 0);
    }
    const about = (source: SourceName) => ({ topic, partition, source: nameOf(source) });
    return {
      passedOver: (source, reason) => {
        this.metrics.passed.inc({ topic, reason });
        log.warn(about(source), TEXTS[reason]);
      },
      caughtUp: (source, reason) => {
        this.metrics.back.inc({ topic, reason });
        log.info(about(source), 'a source has caught up with the watermark, which waits for it again');
      },
    };
  }

  /** Called with each step; looks once a second. */
  report(topic: string, partition: number, sources: SourceTimes, now: Millis): void {
    const place = placeOf(topic, partition);
    if (now - (this.#reportedAt.get(place) ?? Number.NEGATIVE_INFINITY) < REPORT_EVERY_MS) return;
    this.#reportedAt.set(place, now);
    const { holder } = sources;
    if (holder === null) {
      this.#clear(place);
      return;
    }
    const labels = {
      ...{ topic, partition: String(partition), source_stage: holder.stage },
      ...{ source_topic: holder.topic, source_partition: String(holder.partition) },
    };
    const key = nameOf(holder);
    const before = this.#holders.get(place);
    if (before !== undefined && before.key !== key) this.#clear(place);
    const since = Number.isFinite(holder.movedAt) ? holder.movedAt : before?.key === key ? before.since : now;
    this.#holders.set(place, { labels, key, since });
    const stoodMs = Math.max(0, now - since);
    this.metrics.holder.set(labels, stoodMs / 1000);
    const seconds = Math.floor(stoodMs / 1000);
    if (stoodMs < this.options.standsAfterMs) this.options.health.clearNote(place);
    else
      this.options.health.note(
        place,
        `${place}: waits for ${key}, whose time has not moved for ${seconds} s`,
      );
  }

  /** The partition goes to another owner, or is restored anew. */
  released(topic: string, partition: number): void {
    const place = placeOf(topic, partition);
    this.#reportedAt.delete(place);
    this.#clear(place);
  }

  #clear(place: string): void {
    const holder = this.#holders.get(place);
    if (holder !== undefined) this.metrics.holder.remove(holder.labels);
    this.#holders.delete(place);
    this.options.health.clearNote(place);
  }
}

/** Wraps a stage so that who its watermarks wait for is shown; the stage itself knows nothing of it. */
export function withWatermark<S extends object>(
  stage: Stage<S>,
  telemetry: WatermarkTelemetry,
  sourcesOf: (state: S) => SourceTimes,
): Stage<S> {
  const places = new WeakMap<S, Pick<Saved, 'topic' | 'partition'>>();
  return {
    ...stage,
    restore(saved) {
      const state = stage.restore(saved);
      places.set(state, { topic: saved.topic, partition: saved.partition });
      return state;
    },
    step(state, batch, now) {
      const result = stage.step(state, batch, now);
      const place = places.get(result.state);
      if (place !== undefined) telemetry.report(place.topic, place.partition, sourcesOf(result.state), now);
      return result;
    },
    release(state) {
      const place = places.get(state);
      if (place !== undefined) telemetry.released(place.topic, place.partition);
      stage.release?.(state);
    },
  };
}

const TEXTS: Readonly<Record<PassedOver, string>> = {
  hold: 'the watermark goes on without a source that has stood still for TACTUS_WATERMARK_HOLD_MS; points that come late for that say cause=hold',
  slow: 'the watermark goes on without a source that is read to its end and yet far behind all others: is the clock of its senders slow?',
  forgotten:
    'the watermark goes on without a source that was forgotten by command; it counts again when it has sent as much as the others',
};

const placeOf = (topic: string, partition: number) => `watermark of ${topic}[${partition}]`;

function nameOf({ stage, topic, partition }: SourceName): string {
  return stage === DIRECT.stage ? 'those who write without time notes' : `${topic}[${partition}] of ${stage}`;
}
