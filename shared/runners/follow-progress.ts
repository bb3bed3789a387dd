import type { TopicName } from '../../topics/names.js';
import { createKafka } from '../adapters/kafka/client.js';
import { LogReader } from '../adapters/kafka/consume/log-reader.js';
import type { Millis } from '../core/clock.js';
import type { ForgottenSource, ProgressClaim, ProgressView } from '../ports/progress.js';
import type { WorkerContext } from '../process/context.js';
import { untilItWorks } from '../process/wait.js';
import { decodeForgotten } from '../wire/forgotten-source.js';
import { decodeProgress, type ProgressRecord } from '../wire/progress-record.js';
import { followCompactedTopic } from './follow-compacted-topic.js';

/** A worker that has said nothing for so much longer than the others is gone, and its partitions are another's. */
const FORGET_AFTER_MS: Millis = 3_600_000;

/** The latest word of each worker, as readers of one output partition need it. */
export class Progress implements ProgressView {
  readonly #latest = new Map<string, { readonly record: ProgressRecord; readonly at: Millis }>();
  readonly #claims = new Map<string, readonly ProgressClaim[]>();
  readonly #said = new Map<string, ForgottenSource>();
  #forgotten: readonly ForgottenSource[] | null = null;

  /** @param at when the log got the value; null deletes what the key said */
  changed(key: string, value: Buffer | null, at: Millis): void {
    const record = value === null ? null : decodeProgress(value);
    this.#forget(key, value, at);
    if (record !== null) this.#remember(record);
    this.#claims.clear();
    this.#latest.delete(key);
    if (record !== null) this.#latest.set(key, { record, at });
    for (const [other, said] of this.#latest) {
      // The oldest come first.
      if (said.at >= at - FORGET_AFTER_MS) break;
      this.#latest.delete(other);
    }
  }

  forgotten(): readonly ForgottenSource[] {
    this.#forgotten ??= [...this.#said.values()];
    return this.#forgotten;
  }

  claims(topic: TopicName, partition: number): readonly ProgressClaim[] {
    const key = `${topic}|${partition}`;
    let claims = this.#claims.get(key);
    if (claims === undefined) {
      claims = [...this.#latest.values()].flatMap(({ record, at: changedAt }) => {
        const upTo = record.output === topic ? record.upTo[partition] : undefined;
        return upTo === undefined ? [] : [{ ...record.note, upTo, changedAt }];
      });
      this.#claims.set(key, claims);
    }
    return claims;
  }

  #forget(key: string, value: Buffer | null, at: Millis): void {
    const name = value === null ? null : decodeForgotten(value);
    this.#forgotten = null;
    this.#said.delete(key);
    if (name !== null) this.#said.set(key, { ...name, at });
  }

  /** What a worker claims after it was said to be gone is not. */
  #remember({ note: { stage, topic, times } }: ProgressRecord): void {
    for (const [key, one] of this.#said)
      if (
        one.stage === stage &&
        one.topic === topic &&
        times.some((time) => time.partition === one.partition)
      )
        this.#said.delete(key);
  }
}

/**
 * Follows `state.progress` in every instance of a worker. Waits for servers.
 *
 * @returns once what was there is known; `stop` ends the following
 */
export async function followProgress(
  context: Pick<WorkerContext, 'config' | 'log' | 'health' | 'stopping'>,
): Promise<{ readonly progress: ProgressView; readonly stop: () => Promise<void> }> {
  const { config, log, health, stopping } = context;
  const topic = `${config.kafka.topicPrefix}state.progress`;
  const reader = new LogReader(createKafka(context), context);
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, ended.signal]);
  const progress = new Progress();
  await untilItWorks(
    async () => {
      await reader.connect();
      await followCompactedTopic(reader, topic, 0, signal, (key, value, at) =>
        progress.changed(key, value, at),
      );
    },
    { what: `Kafka (${topic})`, signal: stopping, log, health },
  );
  return {
    progress,
    stop: async () => {
      ended.abort();
      await reader.close();
    },
  };
}
