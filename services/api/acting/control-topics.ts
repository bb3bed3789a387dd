import type { AlertControl, AnomalySensitivity, TopicValues } from '../../../schemas/types.js';
import { Codecs } from '../../../shared/adapters/avro/codecs.js';
import { startProducer } from '../../../shared/adapters/kafka/produce/producer.js';
import { Mutes } from '../../../shared/alerting/mutes.js';
import { canonical } from '../../../shared/control/canonical.js';
import type { ControlAccess } from '../../../shared/control/control-access.js';
import { TactusError } from '../../../shared/core/errors.js';
import { MetricSensitivities } from '../../../shared/detection/metric-sensitivities.js';
import type { ValueEncoder } from '../../../shared/ports/codec.js';
import type { Producer } from '../../../shared/ports/log.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { sleep, within } from '../../../shared/process/wait.js';
import { type ControlStep, controlRecords } from '../../../shared/runners/control-records.js';
import { followControlTopic } from '../../../shared/runners/follow-control-topic.js';
import type { TopicName } from '../../../topics/names.js';
import { AlertDecisions } from './alert-decisions.js';

const TOPICS = [
  'control.alerts',
  'control.sensitivities',
  'control.rules',
  'control.tenants',
  'control.keys',
] as const;
type ControlTopic = (typeof TOPICS)[number];

/** A change is waited for until it is read back, so that whoever made it finds it. */
const READ_BACK_MS = 2_000;

interface Awaited {
  readonly topic: TopicName;
  readonly key: string;
  readonly text: string;
  readonly seen: () => void;
}

/** The control topics as this process follows them, and a producer for their changes. */
export class ControlTopics {
  readonly #records = new Map<TopicName, Map<string, unknown>>();
  readonly decisions = new AlertDecisions(this.#of('control.alerts'));
  /** Mutes of anomalies. */
  readonly mutes = new Mutes();
  /** How readily anomalies are reported. */
  readonly sensitivities = new MetricSensitivities();
  readonly #awaited = new Set<Awaited>();

  private constructor(
    private readonly context: WorkerContext,
    private readonly encoders: ReadonlyMap<TopicName, ValueEncoder<never>>,
    private readonly producer: Producer,
    private readonly stops: (() => Promise<void>)[],
  ) {}

  /** Waits for servers, until what there is was read. */
  static async open(context: WorkerContext): Promise<ControlTopics> {
    const codecs = new Codecs(context);
    const encoders = new Map<TopicName, ValueEncoder<never>>();
    for (const topic of [...TOPICS, 'audit'] as const)
      encoders.set(topic, (await codecs.encoder(topic)) as ValueEncoder<never>);
    const topics = new ControlTopics(context, encoders, await startProducer(context), []);
    for (const topic of TOPICS) topics.stops.push(await topics.#follow(topic, codecs));
    return topics;
  }

  /** For one who acts. @param user as `audit` names them */
  as(user: string): ControlAccess {
    const { config, clock } = this.context;
    return {
      ...{ config, clock, user },
      latest: async (topic) => this.#of(topic),
      write: (...steps) => this.#write(steps),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
    await this.producer.close();
  }

  #of<N extends TopicName>(topic: N): Map<string, TopicValues[N]> {
    const found = this.#records.get(topic) ?? new Map<string, unknown>();
    this.#records.set(topic, found);
    return found as Map<string, TopicValues[N]>;
  }

  #follow<N extends ControlTopic>(topic: N, codecs: Codecs): Promise<() => Promise<void>> {
    const records = this.#of(topic) as Map<string, TopicValues[N]>;
    return followControlTopic<TopicValues[N]>(this.context, {
      topic,
      decoder: codecs.decoder(topic),
      changed: (key, value) => {
        if (value === null) records.delete(key);
        else records.set(key, value);
        if (topic === 'control.alerts') this.#decided(key, value as AlertControl | null);
        if (topic === 'control.sensitivities')
          this.sensitivities.changed(key, value as AnomalySensitivity | null);
        if (this.#awaited.size === 0) return;
        const text = canonical(value);
        for (const one of this.#awaited)
          if (one.topic === topic && one.key === key && one.text === text) one.seen();
      },
    });
  }

  #decided(key: string, control: AlertControl | null): void {
    const now = this.context.clock.now();
    this.decisions.changed(key, control, now);
    this.mutes.changed(key, control, now);
  }

  async #write(steps: readonly ControlStep[]): Promise<void> {
    const { clock, config } = this.context;
    const { queryTimeoutMs } = config.api;
    for (const step of steps) {
      const readBack = step.changes.map(({ topic, key, value }) => this.#seen(topic, key, value));
      const done = new AbortController();
      try {
        // The producer itself waits for Kafka as long as it takes, and nobody waits for an answer as long.
        await within(
          this.producer.send(controlRecords(step, this.encoders, clock.now())),
          queryTimeoutMs,
          () =>
            new TactusError(
              'TACTUS_KAFKA_UNAVAILABLE',
              `Kafka has not acknowledged the change within ${queryTimeoutMs} ms (TACTUS_API_QUERY_TIMEOUT_MS); it may take effect all the same`,
            ),
        );
        await Promise.race([Promise.all(readBack.map(({ seen }) => seen)), sleep(READ_BACK_MS, done.signal)]);
      } finally {
        done.abort();
        for (const { forget } of readBack) forget();
      }
    }
  }

  #seen(topic: TopicName, key: string, value: unknown): { seen: Promise<void>; forget: () => void } {
    let forget = () => {};
    const seen = new Promise<void>((resolve) => {
      const one: Awaited = { topic, key, text: canonical(value), seen: resolve };
      this.#awaited.add(one);
      forget = () => this.#awaited.delete(one);
    });
    return { seen, forget };
  }
}
