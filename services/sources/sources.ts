import { createKafka } from '../../shared/adapters/kafka/client.js';
import { LogReader } from '../../shared/adapters/kafka/consume/log-reader.js';
import { startProducer } from '../../shared/adapters/kafka/produce/producer.js';
import { type Millis, systemClock } from '../../shared/core/clock.js';
import type { CommandContext } from '../../shared/process/context.js';
import { retried } from '../../shared/process/retried.js';
import { readPartition } from '../../shared/runners/read-partition.js';
import { encodeForgotten, type ForgottenName, forgottenKey } from '../../shared/wire/forgotten-source.js';
import { KnownSources, type SourceEntry } from './known-sources.js';

/** A worker says at least once a minute of its partitions that they are its own; this leaves room for one that is slow. */
const ALIVE_MS: Millis = 120_000;

export type SourceState = 'alive' | 'silent' | 'unknown' | 'forgotten';

export interface ListedSource extends SourceEntry {
  readonly state: SourceState;
}

/** What became of a request to forget a source: it was, or why not. */
export type Forgetting = 'forgotten' | 'unknown' | 'alive';

/** The sources that workers have named in `state.progress`. */
export async function listSources(context: CommandContext): Promise<readonly ListedSource[]> {
  const now = systemClock.now();
  return (await known(context)).list().map((source) => ({ ...source, state: stateOf(source, now) }));
}

/** Has the readers of a stage's outputs wait no longer for one of its input partitions. */
export async function forgetSource(context: CommandContext, name: ForgottenName): Promise<Forgetting> {
  const source = (await known(context)).find(name);
  if (source === undefined) return 'unknown';
  if (stateOf(source, systemClock.now()) === 'alive') return 'alive';
  const producer = await startProducer(context);
  try {
    const record = {
      topic: 'state.progress',
      key: forgottenKey(name),
      value: encodeForgotten(name),
    } as const;
    await producer.send([record]);
  } finally {
    await producer.close();
  }
  return 'forgotten';
}

export function stateOf({ saidAt, forgottenAt }: SourceEntry, now: Millis): SourceState {
  if (forgottenAt !== null) return 'forgotten';
  if (saidAt === null) return 'unknown';
  return now - saidAt < ALIVE_MS ? 'alive' : 'silent';
}

async function known(context: CommandContext): Promise<KnownSources> {
  const { config, stopping } = context;
  const topic = `${config.kafka.topicPrefix}state.progress`;
  const reader = new LogReader(createKafka(context), context);
  const sources = new KnownSources();
  try {
    await retried(context, () => reader.connect());
    const range = await retried(context, () => reader.range(topic, 0));
    for await (const batch of readPartition(reader, topic, 0, range, stopping))
      for (let i = 0; i < batch.length; i++) sources.take(batch.value(i), batch.timestamp(i));
    // What was read until then may not have the last word on a source.
    stopping.throwIfAborted();
  } finally {
    await reader.close();
  }
  return sources;
}
