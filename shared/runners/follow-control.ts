import type { TopicName } from '../../topics/names.js';
import { createKafka } from '../adapters/kafka/client.js';
import { LogReader } from '../adapters/kafka/consume/log-reader.js';
import { TactusError } from '../core/errors.js';
import type { ValueDecoder } from '../ports/codec.js';
import type { WorkerContext } from '../process/context.js';
import { untilItWorks } from '../process/wait.js';
import { followTopic } from './follow-topic.js';

export interface ControlOptions<T> {
  /** A compacted topic of one partition. */
  readonly topic: TopicName;
  readonly decoder: ValueDecoder<T>;
  /** The latest value of a key; null when it is gone, or cannot be decoded, which is logged. */
  readonly changed: (key: string, value: T | null) => void;
}

/**
 * Tells the values of a control topic and follows it, in every instance of a worker: no group shares it.
 * Waits for servers.
 *
 * @returns when everything that was there has been told; the function ends it
 */
export async function followControl<T>(
  context: Pick<WorkerContext, 'config' | 'log' | 'health' | 'stopping'>,
  { topic, decoder, changed }: ControlOptions<T>,
): Promise<() => Promise<void>> {
  const { config, log, health, stopping } = context;
  const physical = config.kafka.topicPrefix + topic;
  const reader = new LogReader(createKafka(context), context);
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, ended.signal]);
  const told = (key: string, bytes: Buffer | null) => {
    let value: T | null = null;
    try {
      if (bytes !== null) value = decoder.decode(bytes);
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      log.error({ error, topic: physical, key }, `left out of ${physical}: ${key}: ${error.message}`);
    }
    changed(key, value);
  };
  await untilItWorks(
    async () => {
      await reader.connect();
      await followTopic(reader, physical, 0, signal, told, (batch) => decoder.prepare(batch, signal));
    },
    { what: `Kafka (${topic})`, signal: stopping, log, health },
  );
  return async () => {
    ended.abort();
    await reader.close();
  };
}
