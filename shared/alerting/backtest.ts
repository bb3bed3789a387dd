import type { Alert, Anomaly, WindowAggregate } from '../../schemas/types.js';
import { arrayBatch } from '../core/array-batch.js';
import type { Millis } from '../core/clock.js';
import type { Stage } from '../core/stage.js';
import type { TopicCodecs } from '../ports/codec.js';
import { alertingStage } from './alerts/alerting-stage.js';
import { UNTIMED_INPUT } from './alerts/input-time.js';
import { joinStage } from './joins/join-stage.js';
import { anomalyInput, candidateInput, windowInput } from './rules/condition.js';
import { type Rule, RuleIndex } from './rules/rule.js';

export interface BacktestOptions {
  /** For what the stages read and write. */
  readonly codecs: TopicCodecs;
  readonly staleAfterMs: Millis;
  readonly anomalyStaleAfterMs: Millis;
  readonly forgetAfterMs: Millis;
  readonly joinWaitMs: Millis;
  /** Called with what a rule records. */
  readonly recorded?: (window: WindowAggregate) => void;
}

const NO_OBSERVER = {
  transition: () => {},
  dropped: () => {},
  evaluationFailed: () => {},
  discarded: () => {},
  live: () => {},
  flaps: () => {},
};
/** More than history on one machine holds at a time. */
const NO_LIMIT = 1_000_000;
/** How often the clock ticks where nothing happens. */
const TICK_MS = 10_000;
type Input = 'windows' | 'anomalies' | 'state.candidates' | 'state.joins';

/**
 * Evaluates rules on history by the stages of the worker, in one process and without servers. The wall clock is
 * the history's own: what the worker decides by waiting (silence, joins) is decided as if it had run then.
 */
export class Backtest {
  /** The changes of alerts, in order. */
  readonly alerts: Alert[] = [];
  /** How many values rules have recorded. */
  recordings = 0;
  readonly #codecs: TopicCodecs;
  readonly #stages: ReadonlyMap<Input, { readonly stage: Stage<unknown>; readonly state: unknown }>;
  readonly #looksAt: Readonly<Record<'windows' | 'anomalies', readonly RuleIndex[]>>;
  /** How many values a rule has looked at: history has those of other metrics and definitions too. */
  readonly #looked = { windows: 0, anomalies: 0 };
  /** By the metric, the rules that record: what history has of it, of their tenants, was made by the rules of then. */
  readonly #recording: ReadonlyMap<string, readonly Rule[]>;
  readonly #recorded: BacktestOptions['recorded'];
  #now: Millis | null = null;

  constructor(rules: readonly Rule[], options: BacktestOptions) {
    const { codecs, staleAfterMs, anomalyStaleAfterMs, forgetAfterMs, joinWaitMs } = options;
    this.#codecs = codecs;
    this.#recorded = options.recorded;
    this.#looksAt = {
      windows: [new RuleIndex(rules, 'window')],
      anomalies: [new RuleIndex(rules, 'anomaly'), new RuleIndex(rules, 'candidate')],
    };
    this.#recording = Map.groupBy(rules, ({ record }) => record?.metric ?? '');
    const encoder = codecs.encoder('alerts');
    const recordings = {
      ...{ encoder: codecs.encoder('windows'), maxSeries: NO_LIMIT, outcome: () => {} },
    };
    const common = {
      ...{ rules: () => rules, encoder, observer: NO_OBSERVER, maxAlerts: NO_LIMIT, forgetAfterMs },
      input: UNTIMED_INPUT,
    };
    const windows = codecs.decoder('windows');
    const anomalies = codecs.decoder('anomalies');
    const ofAnomalies = { ...common, staleAfterMs: anomalyStaleAfterMs, decoder: anomalies };
    const stages: Record<Input, unknown> = {
      windows: alertingStage({ ...common, staleAfterMs, kind: windowInput, decoder: windows, recordings }),
      anomalies: alertingStage({ ...ofAnomalies, kind: anomalyInput }),
      'state.candidates': alertingStage({ ...ofAnomalies, kind: candidateInput }),
      'state.joins': joinStage({
        ...common,
        staleAfterMs,
        decoder: windows,
        recordings,
        joinWaitMs,
        maxJoins: NO_LIMIT,
        joined: () => {},
      }),
    };
    this.#stages = new Map(
      Object.entries(stages).map(([topic, built]) => {
        const stage = built as Stage<unknown>;
        const saved = { topic, partition: 0, checkpoint: null, changelog: new Map<string, Buffer>() };
        return [topic as Input, { stage, state: stage.restore(saved) }];
      }),
    );
  }

  /** Evaluates the values of one moment; moments come in order. */
  at(now: Millis, history: readonly WindowAggregate[], anomalies: readonly Anomaly[] = []): void {
    this.passUntil(now);
    const windows = history.filter(
      ({ metric, tenantId }) => this.#recording.get(metric)?.some(({ tenant }) => tenant(tenantId)) !== true,
    );
    this.#looked.windows += windows.filter((one) => this.#isLookedAt('windows', one)).length;
    this.#looked.anomalies += anomalies.filter((one) => this.#isLookedAt('anomalies', one)).length;
    const [ofWindow, ofAnomaly] = [this.#codecs.encoder('windows'), this.#codecs.encoder('anomalies')];
    if (windows.length > 0)
      this.#step(
        'windows',
        now,
        windows.map((window) => ofWindow.encode(window)),
      );
    if (anomalies.length > 0)
      for (const input of ['anomalies', 'state.candidates'] as const)
        this.#step(
          input,
          now,
          anomalies.map((one) => ofAnomaly.encode(one)),
        );
    this.#tick(now);
  }

  /** How many windows and anomalies the rules have looked at so far. */
  get looked(): { readonly windows: number; readonly anomalies: number } {
    return { ...this.#looked };
  }

  /** Lets time pass without input. */
  passUntil(now: Millis): void {
    // From then on the rules are in force.
    if (this.#now === null) this.#tick(now);
    for (let at = (this.#now ?? now) + TICK_MS; at < now; at += TICK_MS) this.#tick(at);
    this.#now = now;
  }

  #isLookedAt(
    input: 'windows' | 'anomalies',
    { window, tenantId, metric }: Pick<WindowAggregate, 'window' | 'tenantId' | 'metric'>,
  ): boolean {
    return this.#looksAt[input].some((index) => {
      const { rules, joined } = index.lookUp(window, tenantId, metric);
      return joined || rules.length > 0;
    });
  }

  #tick(now: Millis): void {
    for (const topic of this.#stages.keys()) this.#step(topic, now, []);
  }

  #step(topic: Input, now: Millis, values: readonly Buffer[]): void {
    const running = this.#stages.get(topic);
    if (running === undefined) return;
    const batch = arrayBatch({ topic, records: values.map((value) => ({ value })) });
    const decoder = this.#codecs.decoder('alerts');
    const joins: Buffer[] = [];
    const recorded: Buffer[] = [];
    for (const { topic: to, value } of running.stage.step(running.state, batch, now).outputs) {
      if (to === 'alerts') this.alerts.push(decoder.decode(value));
      if (to === 'state.joins') joins.push(value);
      if (to === 'windows') recorded.push(value);
    }
    this.recordings += recorded.length;
    const made = this.#codecs.decoder('windows');
    for (const value of recorded) this.#recorded?.(made.decode(value));
    if (joins.length > 0) this.#step('state.joins', now, joins);
    // As rules that look at it are given it: with what follows.
    if (recorded.length > 0) this.#step('windows', now, recorded);
  }
}
