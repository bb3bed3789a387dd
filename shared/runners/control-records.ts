import type { TopicValues } from '../../schemas/types.js';
import type { TopicName } from '../../topics/names.js';
import { Codecs } from '../adapters/avro/codecs.js';
import { ensureTopics } from '../adapters/kafka/admin/topics-admin.js';
import { createKafka } from '../adapters/kafka/client.js';
import { LogReader } from '../adapters/kafka/consume/log-reader.js';
import { startProducer } from '../adapters/kafka/produce/producer.js';
import { type Millis, systemClock } from '../core/clock.js';
import { type Attempt, attempt } from '../core/errors.js';
import type { ValueEncoder } from '../ports/codec.js';
import type { ProducedRecord } from '../ports/log.js';
import type { CommandContext } from '../process/context.js';
import { retried } from '../process/retried.js';
import { type AuditEntry, auditRecord } from './audit-trail.js';
import { followCompactedTopic } from './follow-compacted-topic.js';

/** A change of a control topic. */
export interface ControlChange<N extends TopicName> {
  readonly topic: N;
  readonly key: string;
  /** Null removes the key. */
  readonly value: TopicValues[N] | null;
}

/** Changes of control topics, and what `audit` says of them. Of several topics, in no order. */
export interface ControlStep {
  readonly changes: readonly ControlChange<TopicName>[];
  readonly entries: readonly AuditEntry[];
}

/** Writes one step after the other: each when all of the one before is acknowledged. Waits for servers. */
export async function writeControl(context: CommandContext, ...given: readonly ControlStep[]): Promise<void> {
  const steps = given.filter(({ changes, entries }) => changes.length > 0 || entries.length > 0);
  if (steps.length === 0) return;
  await ensureTopics(context);
  const codecs = new Codecs(context);
  const encoders = new Map<TopicName, ValueEncoder<never>>();
  const topics = steps.flatMap(({ changes }) => changes.map(({ topic }) => topic));
  for (const topic of new Set<TopicName>([...topics, 'audit']))
    encoders.set(topic, (await codecs.encoder(topic)) as ValueEncoder<never>);
  const producer = await startProducer(context);
  try {
    for (const step of steps)
      await retried(context, () => producer.send(controlRecords(step, encoders, systemClock.now())));
  } finally {
    await producer.close();
  }
}

/** A step as records. @param encoders of the topics that it changes, and of `audit` */
export function controlRecords(
  { changes, entries }: ControlStep,
  encoders: ReadonlyMap<TopicName, ValueEncoder<never>>,
  now: Millis,
): ProducedRecord[] {
  const encode = (topic: TopicName, value: unknown) =>
    (encoders.get(topic) as ValueEncoder<never>).encode(value as never);
  return [
    ...changes.map(({ topic, key, value }) => ({
      topic,
      key,
      value: value === null ? null : encode(topic, value),
    })),
    ...entries.map(
      (entry) =>
        ({ topic: 'audit', key: entry.tenantId, value: encode('audit', auditRecord(entry, now)) }) as const,
    ),
  ];
}

/**
 * The latest value of each key of a topic. Waits for servers.
 *
 * @param unreadable is called with each key whose latest value cannot be decoded, and why; by default that is logged
 */
export async function latestValues<N extends TopicName>(
  context: CommandContext,
  topic: N,
  unreadable: (key: string, problem: string) => void = (key, problem) =>
    context.log.warn(`ignoring ${key} of ${context.config.kafka.topicPrefix}${topic}: ${problem}`),
): Promise<Map<string, TopicValues[N]>> {
  await ensureTopics(context);
  const found = new Map<string, TopicValues[N]>();
  for (const [key, { value, problem }] of await retried(context, () => latestNow(context, topic)))
    if (problem === null) found.set(key, value);
    else unreadable(key, problem);
  return found;
}

async function latestNow<N extends TopicName>(
  context: CommandContext,
  topic: N,
): Promise<Map<string, Attempt<TopicValues[N]>>> {
  const reader = new LogReader(createKafka(context), context);
  const decoder = new Codecs(context).decoder(topic);
  const done = new AbortController();
  const found = new Map<string, Attempt<TopicValues[N]>>();
  const physical = context.config.kafka.topicPrefix + topic;
  try {
    await reader.connect();
    const partitions = await reader.partitions(physical);
    for (let partition = 0; partition < partitions; partition++)
      await followCompactedTopic(
        reader,
        physical,
        partition,
        done.signal,
        (key, value) => {
          found.delete(key);
          if (value !== null)
            found.set(
              key,
              attempt(() => decoder.decode(value)),
            );
        },
        (batch) => decoder.prepare(batch, context.stopping),
      );
    return found;
  } finally {
    done.abort();
    await reader.close();
  }
}
