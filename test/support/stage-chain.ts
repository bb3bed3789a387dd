import type {
  Alert,
  Anomaly,
  LatePoint,
  MetricPoint,
  TopicValues,
  WindowAggregate,
} from '../../schemas/types.js';
import type { ChannelSettings } from '../../services/alerting/notify/channel.js';
import type { Notification } from '../../services/alerting/notify/notification.js';
import { notifierStage } from '../../services/alerting/notify/notifier-stage.js';
import { Outbox } from '../../services/alerting/notify/outbox.js';
import { parseRouting } from '../../services/alerting/notify/routing-file.js';
import { anomalyStage } from '../../services/anomaly/anomaly-stage.js';
import { parseDetectionRules } from '../../services/anomaly/detection-file.js';
import { watches } from '../../services/anomaly/detection-rules.js';
import { ingestStage } from '../../services/ingest/ingest-stage.js';
import { LiveSeries } from '../../services/ingest/live-series.js';
import { RecentIds } from '../../services/ingest/recent-ids.js';
import { windowingStage } from '../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../shared/adapters/avro/static-codecs.js';
import { checkPoint } from '../../shared/admission/policy.js';
import { Tenants } from '../../shared/admission/tenants.js';
import { alertingStage } from '../../shared/alerting/alerts/alerting-stage.js';
import { UNTIMED_INPUT } from '../../shared/alerting/alerts/input-time.js';
import { joinStage } from '../../shared/alerting/joins/join-stage.js';
import { anomalyInput, windowInput } from '../../shared/alerting/rules/condition.js';
import { parseRules } from '../../shared/alerting/rules/rules-file.js';
import { parseDefinitions } from '../../shared/catalog/window-definitions.js';
import { arrayBatch, type PlainRecord } from '../../shared/core/array-batch.js';
import type { Millis } from '../../shared/core/clock.js';
import type { Refusal, Stage } from '../../shared/core/stage.js';
import { ensemble } from '../../shared/detection/ensemble.js';
import { DEFAULT_DEFINITIONS } from '../../shared/windows/definition.js';
import type { TopicName } from '../../topics/names.js';

/** In the order in which a point passes them. */
export const CHAIN = [
  'ingest',
  'windowing',
  'anomaly',
  'rules',
  'anomalyRules',
  'joins',
  'notifier',
] as const;

export type StageName = (typeof CHAIN)[number];

export interface StageChainOptions {
  /** Where the wall clock begins. */
  readonly now: Millis;
  /** YAML of window definitions; the shipped ones by default. */
  readonly windows?: string;
  /** YAML of alert rules; none by default. */
  readonly rules?: string;
  /** YAML of what is watched for anomalies; the mean of `10s` by default. */
  readonly detection?: string;
  /** YAML of channels and routes; by default every alert goes to a channel `ops` at once. */
  readonly notifications?: string;
  /** Leaves the other stages out. */
  readonly only?: readonly StageName[];
}

const DEFAULT_NOTIFICATIONS = `channels: { ops: { type: webhook, url: 'http://ops.invalid/' } }
route: { channels: [ops], groupWait: 0s, groupInterval: 1s }`;
const DEDUP_WINDOW_MS = 600_000;
const HOUR_MS = 3_600_000;
/** What the worker watches without a file. */
const MEAN_OF_10S = {
  metrics: '*',
  tenants: '*',
  window: '10s',
  field: 'mean',
  sensitivity: 1,
  above: null,
  below: null,
};
const SILENT_OBSERVER = {
  transition: () => {},
  dropped: () => {},
  evaluationFailed: () => {},
  discarded: () => {},
  live: () => {},
  flaps: () => {},
};

interface Step {
  readonly input: TopicName;
  readonly stage: Stage<unknown>;
}

/** A stage on its one partition, with its input log and its changelog as a broker would keep them. */
interface Link extends Step {
  readonly name: StageName;
  readonly log: PlainRecord[];
  readonly changelog: Map<string, Buffer>;
  state: unknown;
  /** Of the record to be read next. */
  offset: number;
}

/**
 * The stages of the workers, joined by lists instead of topics: points in, windows, anomalies, alerts and
 * notifications out, in one process, without servers, and with the clock in the test's hand. Every topic has
 * one partition. (The model is TopologyTestDriver of Kafka Streams.)
 *
 * ```ts
 * const chain = new StageChain({ now: NOON, rules: 'rules: [...]' });
 * chain.send(point({ timestamp: NOON, value: 99 }));
 * chain.advance(20_000);
 * chain.values('windows'); // decoded, in order
 * ```
 */
export class StageChain {
  /** What channels were sent, in order. */
  readonly notifications: Notification[] = [];
  readonly refusals: (Refusal & { readonly input: TopicName })[] = [];
  readonly #codecs = staticCodecs();
  readonly #points = this.#codecs.encoder('ingest.metrics');
  readonly #links: Link[];
  /** Every record of every topic but those of changelogs, in order. */
  readonly #written = new Map<TopicName, Buffer[]>();
  #now: Millis;

  constructor(options: StageChainOptions) {
    this.#now = options.now;
    const steps = this.#steps(options);
    this.#links = CHAIN.filter((name) => options.only?.includes(name) ?? true).map((name) => {
      const { input, stage } = steps[name];
      const changelog = new Map<string, Buffer>();
      const state = stage.restore({ topic: input, partition: 0, checkpoint: null, changelog });
      return { name, input, stage, log: [], changelog, state, offset: 0 };
    });
  }

  get now(): Millis {
    return this.#now;
  }

  /** Sends points to `ingest.metrics`, as arrived now, and lets every stage have its part of them. */
  send(...points: readonly MetricPoint[]): void {
    for (const point of points) this.#write('ingest.metrics', this.#points.encode(point));
    this.#run();
  }

  /** Lets the wall clock go on by `ms` in steps of at most `tickMs`, with a tick for every stage at each. */
  advance(ms: Millis, tickMs: Millis = 1_000): void {
    const end = this.#now + ms;
    while (this.#now < end) {
      this.#now = Math.min(end, this.#now + tickMs);
      this.#run();
    }
  }

  /** All values that were written to a topic, in order. */
  values<N extends TopicName>(topic: N): TopicValues[N][] {
    const decoder = this.#codecs.decoder(topic);
    return (this.#written.get(topic) ?? []).map((bytes) => decoder.decode(bytes));
  }

  get windows(): WindowAggregate[] {
    return this.values('windows');
  }

  get late(): LatePoint[] {
    return this.values('late');
  }

  get anomalies(): Anomaly[] {
    return this.values('anomalies');
  }

  get alerts(): Alert[] {
    return this.values('alerts');
  }

  /** Throws the state of a stage away and restores it from checkpoint, changelog and log, as after a crash. */
  restart(name: StageName): void {
    for (const link of this.#links) {
      if (link.name !== name) continue;
      const { input, stage, changelog } = link;
      const checkpoint = stage.checkpoint(link.state);
      stage.release?.(link.state);
      const known = stage.recall === undefined ? changelog : new Map<string, Buffer>();
      link.state = stage.restore({ topic: input, partition: 0, checkpoint, changelog: known });
      for (const [key, value] of changelog) stage.recall?.(link.state, { key, value });
      link.offset = checkpoint.offset;
    }
  }

  /** A step for every stage in the order of the flow, then a tick. */
  #run(): void {
    for (const link of this.#links) {
      if (link.offset < link.log.length) this.#step(link);
      this.#step(link);
    }
  }

  #step(link: Link): void {
    const records = link.log.slice(link.offset);
    const batch = arrayBatch({ topic: link.input, records, baseOffset: link.offset });
    link.offset = batch.nextOffset;
    const { state, outputs, refusals, changes } = link.stage.step(link.state, batch, this.#now);
    link.state = state;
    for (const { topic, value } of outputs) this.#write(topic, Buffer.from(value));
    this.refusals.push(...refusals.map((refusal) => ({ ...refusal, input: link.input })));
    for (const { key, value } of changes) {
      if (value === null) link.changelog.delete(key);
      else link.changelog.set(key, Buffer.from(value));
    }
  }

  #write(topic: TopicName, value: Buffer): void {
    const written = this.#written.get(topic);
    if (written === undefined) this.#written.set(topic, [value]);
    else written.push(value);
    for (const { input, log } of this.#links) if (input === topic) log.push({ value, timestamp: this.#now });
  }

  #steps(options: StageChainOptions): Readonly<Record<StageName, Step>> {
    const definitions =
      options.windows === undefined ? DEFAULT_DEFINITIONS : parseDefinitions(options.windows, 'windows.yaml');
    const rules = options.rules === undefined ? [] : parseRules(options.rules, 'rules.yaml');
    const { detection } = options;
    const watched =
      detection === undefined ? [MEAN_OF_10S] : parseDetectionRules(detection, 'detection.yaml', MEAN_OF_10S);
    const text = options.notifications ?? DEFAULT_NOTIFICATIONS;
    const { channels, routing } = parseRouting(text, 'notifications.yaml', {});
    const codecs = this.#codecs;
    const windows = codecs.decoder('windows');
    const alerting = {
      input: UNTIMED_INPUT,
      rules: () => rules,
      encoder: codecs.encoder('alerts'),
      observer: SILENT_OBSERVER,
      maxAlerts: 10_000,
      staleAfterMs: 120_000,
      forgetAfterMs: HOUR_MS,
    };
    const anomalies = codecs.decoder('anomalies');
    return {
      ingest: step(
        'ingest.metrics',
        ingestStage<MetricPoint>({
          output: 'metrics',
          decoder: codecs.decoder('ingest.metrics'),
          limits: { maxFutureMs: 60_000, maxAgeMs: 24 * HOUR_MS, maxValueBytes: 65_536, maxTags: 32 },
          check: checkPoint,
          subject: ({ tenantId, metric, id, tags }) => ({ tenantId, name: metric, id, tags }),
          inPlace: true,
          tenants: new Tenants({ rejectUnknown: false, maxSeries: 10_000 }),
          recentIds: new RecentIds(DEDUP_WINDOW_MS, 100_000),
          dedupWindowMs: DEDUP_WINDOW_MS,
          series: new LiveSeries(10_000),
          seriesIdleMs: HOUR_MS,
          time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: 5_000 },
        }),
      ),
      windowing: step(
        'metrics',
        windowingStage({
          definitions: () => definitions,
          idleTimeoutMs: 5_000,
          watermarkHoldMs: 600_000,
          maxSeries: 10_000,
          decoder: codecs.decoder('metrics'),
          windows: codecs.encoder('windows'),
          late: codecs.encoder('late'),
        }),
      ),
      anomaly: step(
        'windows',
        anomalyStage({
          decoder: windows,
          encoder: codecs.encoder('anomalies'),
          watchOf: watches(watched, (rule) => ensemble({ sensitivity: rule.sensitivity, limits: rule })),
          observer: { scored() {}, found() {}, candidate() {}, evicted() {}, repeated() {}, discarded() {} },
          maxSeries: 10_000,
          maxGroups: 0,
          idleMs: 24 * HOUR_MS,
        }),
      ),
      rules: step('windows', alertingStage({ ...alerting, kind: windowInput, decoder: windows })),
      anomalyRules: step('anomalies', alertingStage({ ...alerting, kind: anomalyInput, decoder: anomalies })),
      joins: step(
        'state.joins',
        joinStage({
          ...alerting,
          decoder: windows,
          joinWaitMs: 30_000,
          maxJoins: 10_000,
          joined: () => {},
        }),
      ),
      notifier: step(
        'state.alerts',
        notifierStage({
          decoder: codecs.decoder('alerts'),
          encoder: codecs.encoder('notifications'),
          unrecorded: () => {},
          decisions: { effort: 1, silenced: () => false, acknowledged: () => false },
          live: () => {},
          open: () => ({ routing, outbox: this.#outbox(channels) }),
        }),
      ),
    };
  }

  /** Channels that take everything at once. */
  #outbox(channels: readonly ChannelSettings[]): Outbox {
    const lines = channels.map((settings) => ({
      settings,
      send: async (notification: Notification) => {
        this.notifications.push(notification);
        return { outcome: 'delivered' } as const;
      },
    }));
    const observer = { attempted: () => {}, call: () => {}, state: () => {} };
    return new Outbox(lines, observer, () => 0.5, new AbortController().signal);
  }
}

/** Lets stages of any state stand side by side: the chain only carries it. */
function step<State>(input: TopicName, stage: Stage<State>): Step {
  return { input, stage: stage as Stage<unknown> };
}
