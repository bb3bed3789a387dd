import type { TopicName } from '../../topics/names.js';
import { createKafka } from '../adapters/kafka/client.js';
import { LogReader } from '../adapters/kafka/consume/log-reader.js';
import { TactusError } from '../core/errors.js';
import type { ValueDecoder } from '../ports/codec.js';
import type { WorkerContext } from '../process/context.js';
import { untilItWorks } from '../process/wait.js';
import { followCompactedTopic } from './follow-compacted-topic.js';

export interface ControlOptions<T> {
  /** A compacted topic of one partition. */
  readonly topic: TopicName;
  readonly decoder: ValueDecoder<T>;
  /** Receives the latest value of a key; null when it was deleted, or cannot be decoded, which is logged. */
  readonly changed: (key: string, value: T | null) => void;
}

/**
 * Reads the values of a control topic and follows it, in every instance of a worker: no consumer group
 * shares it. Waits for servers.
 *
 * @returns resolves when the existing values have been passed on; calling the result stops following
 */
export async function followControlTopic<T>(
  context: Pick<WorkerContext, 'config' | 'log' | 'health' | 'stopping'>,
  { topic, decoder, changed }: ControlOptions<T>,
): Promise<() => Promise<void>> {
  const { config, log, health, stopping } = context;
  const physical = config.kafka.topicPrefix + topic;
  const reader = new LogReader(createKafka(context), context);
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, ended.signal]);
  const apply = (key: string, bytes: Buffer | null) => {
    let value: T | null = null;
    try {
      if (bytes !== null) value = decoder.decode(bytes);
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      log.error({ error, topic: physical, key }, `ignoring ${key} of ${physical}: ${error.message}`);
    }
    changed(key, value);
  };
  await untilItWorks(
    async () => {
      await reader.connect();
      await followCompactedTopic(reader, physical, 0, signal, apply, (batch) =>
        decoder.prepare(batch, signal),
      );
    },
    { what: `Kafka (${topic})`, signal: stopping, log, health },
  );
  return async () => {
    ended.abort();
    await reader.close();
  };
}
