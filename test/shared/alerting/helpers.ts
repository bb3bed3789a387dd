import assert from 'node:assert/strict';
import type { Alert, Anomaly, WindowAggregate } from '../../../schemas/types.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { alertingStage } from '../../../shared/alerting/alerts/alerting-stage.js';
import { joinStage } from '../../../shared/alerting/joins/join-stage.js';
import { anomalyInput, candidateInput, windowInput } from '../../../shared/alerting/rules/condition.js';
import type { Rule } from '../../../shared/alerting/rules/rule.js';
import { parseRules } from '../../../shared/alerting/rules/rules-file.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import type { Checkpoint, Stage, StageTime, StepResult } from '../../../shared/core/stage.js';
import { NO_PROGRESS, type ProgressClaim } from '../../../shared/ports/progress.js';
import { recordKey } from '../../../shared/wire/series.js';
import type { TimeNote } from '../../../shared/wire/time-note.js';
import { notedBatch } from '../../support/noted-batch.js';
import { NO_COUNTERS } from '../../support/point.js';

/** Start of event time in tests; the wall clock is well ahead of it, as in a replay. */
export const EPOCH = 1_700_000_000_000;
export const WALL = EPOCH + 86_400_000;

export const codecs = staticCodecs();

/** The `n`th window of 10 s of a series. */
export function windowOf(n: number, mean: number, more: Partial<WindowAggregate> = {}): WindowAggregate {
  const start = EPOCH + n * 10_000;
  return {
    tenantId: 'acme',
    metric: 'cpu',
    tags: { host: 'a' },
    window: '10s',
    start,
    end: start + 10_000,
    count: 10,
    sum: mean * 10,
    min: mean,
    max: mean,
    mean,
    stddev: 0,
    first: mean,
    last: mean,
    quantiles: null,
    watermark: start + 10_000,
    emittedAt: start + 10_000,
    ...NO_COUNTERS,
    ...more,
  };
}

export function anomalyOf(n: number, more: Partial<Anomaly> = {}): Anomaly {
  const start = EPOCH + n * 10_000;
  return {
    id: `anomaly-${n}`,
    tenantId: 'acme',
    metric: 'cpu',
    tags: { host: 'a' },
    detector: 'robust-ewma',
    window: '10s',
    start,
    end: start + 10_000,
    value: 40,
    expected: 12,
    lower: 10,
    upper: 14,
    score: 0.99,
    severity: 'critical',
    explanation: '3.33x the expected 12 (band 10 to 14)',
    detectedAt: WALL,
    ...more,
  };
}

const PARSED = new Map<string, readonly Rule[]>();

/** Each once: properties make thousands of stages of the same. */
function parsedRules(rules: string): readonly Rule[] {
  const parsed = PARSED.get(rules) ?? parseRules(rules, 'test.yaml');
  PARSED.set(rules, parsed);
  return parsed;
}

type Input = 'windows' | 'anomalies' | 'state.candidates' | 'state.joins';

/** A stage with its state, its changelog as a broker would keep it, and the alerts that it wrote. */
export class Harness {
  readonly changelog = new Map<string, Buffer>();
  checkpoint: Checkpoint | null = null;
  readonly alerts: Alert[] = [];
  readonly seen = {
    transitions: [] as string[],
    dropped: [] as string[],
    joins: [] as string[],
    recordings: [] as string[],
    failed: 0,
    discarded: 0,
    flaps: [] as string[],
  };
  readonly refused: string[] = [];
  /** What rules have recorded. */
  readonly recorded: WindowAggregate[] = [];
  /** Keys of the windows that were passed on for a join. */
  readonly passedOn: string[] = [];
  /** What those who write the input say of partitions that send nothing. */
  claims: readonly ProgressClaim[] = [];
  live = { pending: 0, firing: 0, flapping: 0 };
  now = WALL;
  #offset = 0;
  #state: unknown = null;
  readonly #stage: Stage<unknown>;
  readonly #topic: Input;

  constructor(
    rules: string,
    options: {
      maxAlerts?: number;
      maxRecorded?: number;
      partition?: number;
      on?: Input;
      muted?: (anomaly: Anomaly) => boolean;
    } = {},
  ) {
    this.#topic = options.on ?? 'windows';
    const parsed = parsedRules(rules);
    const common = {
      rules: () => parsed,
      forgetAfterMs: 3_600_000,
      encoder: codecs.encoder('alerts'),
      input: {
        ...{ idleTimeoutMs: 5_000, watermarkHoldMs: 600_000, graceOf: () => 5_000 },
        progress: { ...NO_PROGRESS, claims: () => this.claims },
      },
      isOf: () => (options.partition ?? 0) === 0,
      maxAlerts: options.maxAlerts ?? 1_000,
      recordings: {
        ...{ encoder: codecs.encoder('windows'), maxSeries: options.maxRecorded ?? 1_000 },
        outcome: (outcome: string) => this.seen.recordings.push(outcome),
      },
      staleAfterMs: 120_000,
      observer: {
        transition: (state: string) => this.seen.transitions.push(state),
        dropped: (reason: string) => this.seen.dropped.push(reason),
        evaluationFailed: () => this.seen.failed++,
        discarded: () => this.seen.discarded++,
        flaps: (change: string) => this.seen.flaps.push(change),
        live: (
          _input: string,
          _partition: number,
          count: { pending: number; firing: number; flapping: number },
        ) => {
          this.live = count;
        },
      },
    };
    const windows = codecs.decoder('windows');
    const stages: Record<Input, () => unknown> = {
      windows: () => alertingStage({ ...common, kind: windowInput, decoder: windows }),
      anomalies: () =>
        alertingStage({
          ...{ ...common, kind: anomalyInput, decoder: codecs.decoder('anomalies') },
          muted: options.muted ?? (() => false),
        }),
      'state.candidates': () =>
        alertingStage({ ...common, kind: candidateInput, decoder: codecs.decoder('anomalies') }),
      'state.joins': () =>
        joinStage({
          ...common,
          decoder: windows,
          joinWaitMs: 30_000,
          maxJoins: 100,
          joined: (outcome) => this.seen.joins.push(outcome),
        }),
    };
    this.#stage = stages[this.#topic]() as Stage<unknown>;
  }

  windows(...values: WindowAggregate[]): Alert[] {
    const encoder = codecs.encoder('windows');
    return this.step(values.map((value) => encoder.encode(value)));
  }

  anomalies(...values: Anomaly[]): Alert[] {
    const encoder = codecs.encoder('anomalies');
    return this.step(values.map((value) => encoder.encode(value)));
  }

  /** Lets the wall clock go on by `ms`, then a tick. */
  tick(ms: number, atEnd = true): Alert[] {
    this.now += ms;
    return this.step([], atEnd);
  }

  step(values: readonly (Buffer | null)[], atEnd = true): Alert[] {
    const records = values.map((value) => ({ value }));
    const batch = arrayBatch({ topic: this.#topic, records, baseOffset: this.#offset, atEnd });
    this.#offset = batch.nextOffset;
    return this.#take(this.#stage.step(this.state, batch, this.now));
  }

  /** Windows that were written together, the last of them with a note. */
  noted(note: TimeNote, ...values: WindowAggregate[]): Alert[] {
    const encoder = codecs.encoder('windows');
    const records = values.map((value) => ({ value: encoder.encode(value), timestamp: this.now }));
    const batch = notedBatch(this.#topic, [{ records, note }], { baseOffset: this.#offset });
    this.#offset = batch.nextOffset;
    return this.#take(this.#stage.step(this.state, batch, this.now));
  }

  get time(): StageTime | undefined {
    return this.#stage.time?.(this.state);
  }

  get state(): unknown {
    this.#state ??= this.#stage.restore({
      topic: this.#topic,
      partition: 0,
      checkpoint: this.checkpoint,
      changelog: this.changelog,
    });
    return this.#state;
  }

  get checkpointOffset(): number {
    return this.#stage.checkpoint(this.state).offset;
  }

  /** Goes on from the checkpoint too. */
  resumed(rules: string): Harness {
    const next = this.restarted(rules);
    next.checkpoint = this.#stage.checkpoint(this.state);
    next.#offset = next.checkpoint.offset;
    return next;
  }

  /** Another instance with these rules goes on from the changelog. */
  restarted(rules: string, options: { on?: Input } = {}): Harness {
    const next = new Harness(rules, { on: this.#topic, ...options });
    for (const [key, value] of this.changelog) next.changelog.set(key, value);
    next.now = this.now;
    return next;
  }

  #take(result: StepResult<unknown>): Alert[] {
    const decoder = codecs.decoder('alerts');
    const written = [...result.outputs]
      .filter(({ topic }) => topic === 'alerts')
      .map(({ value }) => decoder.decode(value));
    for (const { topic, key, value } of result.outputs) {
      if (topic !== 'windows') continue;
      const window = codecs.decoder('windows').decode(value);
      assert.equal(String(key), recordKey(window.tenantId, window.metric));
      this.recorded.push(window);
    }
    this.passedOn.push(
      ...[...result.outputs].filter(({ topic }) => topic === 'state.joins').map(({ key }) => String(key)),
    );
    this.alerts.push(...written);
    this.refused.push(...result.refusals.map(({ index, code }) => `${index} ${code}`));
    for (const { key, value } of result.changes) {
      if (value === null) this.changelog.delete(key);
      else this.changelog.set(key, value);
    }
    return written;
  }
}

/** The essence of an alert: state, and times in windows of 10 s since the epoch of the tests. */
export function brief({ state, startsAt, endsAt }: Alert): string {
  const nth = (at: number) => (at - EPOCH) / 10_000;
  return `${state} ${nth(startsAt)}${endsAt === null ? '' : ` to ${nth(endsAt)}`}`;
}
