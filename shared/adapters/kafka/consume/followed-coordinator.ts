import { sleep } from '../../../process/wait.js';

/** A broker was asked that is not the group's coordinator, or cannot say any more who is. */
const MOVED = new Set(['NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE']);
const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
]);

/**
 * The coordinator of a group, wherever it moves. kafkajs keeps the broker that it has joined through for as long as it
 * is a member: once another one coordinates the group, it would repeat its heartbeats in vain until it gives its
 * membership up.
 */
export class FollowedCoordinator<T> {
  constructor(
    private readonly find: () => Promise<T>,
    public current: T,
  ) {}

  /**
   * Asks the coordinator, and once more where another broker is it now.
   *
   * @param silentMs without an answer for so long the coordinator is looked up anew; default: as long as kafkajs waits
   */
  async ask<R>(send: (coordinator: T) => Promise<R>, silentMs?: number): Promise<R> {
    const within = <A>(answer: Promise<A>) => (silentMs === undefined ? answer : orSilence(answer, silentMs));
    try {
      return await within(send(this.current));
    } catch (error) {
      if (!hasMoved(error)) throw error;
      const found = await within(this.find()).catch(() => null);
      // kafkajs gives up for the error of a search in vain, and repeats what has failed for this one.
      if (found === null) throw error;
      this.current = found;
      return await within(send(found));
    }
  }
}

function hasMoved(error: unknown): boolean {
  const { name = '', type = '' } = error as { name?: string; type?: string };
  return error instanceof SilenceError || MOVED.has(type) || UNREACHABLE.has(name);
}

async function orSilence<A>(answer: Promise<A>, ms: number): Promise<A> {
  const answered = new AbortController();
  const silence = sleep(ms, answered.signal).then(() => {
    throw new SilenceError(`the coordinator of the group did not answer within ${ms} ms`);
  });
  // Nobody waits for the one that comes second.
  for (const each of [answer, silence]) each.catch(() => undefined);
  try {
    return await Promise.race([answer, silence]);
  } finally {
    answered.abort();
  }
}

/** Retriable, as whatever kafkajs does not know. */
class SilenceError extends Error {
  override readonly name = 'SilenceError';
}
