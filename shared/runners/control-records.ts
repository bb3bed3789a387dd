import type { TopicValues } from '../../schemas/types.js';
import type { TopicName } from '../../topics/names.js';
import { Codecs } from '../adapters/avro/codecs.js';
import { ensureTopics } from '../adapters/kafka/admin/topics-admin.js';
import { createKafka } from '../adapters/kafka/client.js';
import { LogReader } from '../adapters/kafka/consume/log-reader.js';
import { startProducer } from '../adapters/kafka/produce/producer.js';
import { systemClock } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
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

/** Writes changes of control topics, and what `audit` says of them, in this order. Waits for servers. */
export async function writeControl(
  context: CommandContext,
  changes: readonly ControlChange<TopicName>[],
  entries: readonly AuditEntry[],
): Promise<void> {
  if (changes.length === 0 && entries.length === 0) return;
  await ensureTopics(context);
  const codecs = new Codecs(context);
  const now = systemClock.now();
  const records: ProducedRecord[] = [];
  for (const { topic, key, value } of changes) {
    const encoder = await codecs.encoder(topic);
    records.push({ topic, key, value: value === null ? null : encoder.encode(value as never) });
  }
  const encoder = await codecs.encoder('audit');
  for (const entry of entries)
    records.push({ topic: 'audit', key: entry.tenantId, value: encoder.encode(auditRecord(entry, now)) });
  const producer = await startProducer(context);
  try {
    await retried(context, () => producer.send(records));
  } finally {
    await producer.close();
  }
}

/** The latest value of each key of a topic. Waits for servers. */
export async function latestValues<N extends TopicName>(
  context: CommandContext,
  topic: N,
): Promise<Map<string, TopicValues[N]>> {
  await ensureTopics(context);
  return await retried(context, () => latestNow(context, topic));
}

async function latestNow<N extends TopicName>(
  context: CommandContext,
  topic: N,
): Promise<Map<string, TopicValues[N]>> {
  const reader = new LogReader(createKafka(context), context);
  const decoder = new Codecs(context).decoder(topic);
  const done = new AbortController();
  const found = new Map<string, TopicValues[N]>();
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
          try {
            if (value !== null) found.set(key, decoder.decode(value));
          } catch (error) {
            if (!(error instanceof TactusError)) throw error;
            context.log.warn(`ignoring ${key} of ${physical}: ${error.message}`);
          }
        },
        (batch) => decoder.prepare(batch, context.stopping),
      );
    return found;
  } finally {
    done.abort();
    await reader.close();
  }
}
