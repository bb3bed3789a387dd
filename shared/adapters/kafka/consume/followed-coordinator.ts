import { within } from '../../../process/wait.js';

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
    const answered = <A>(answer: Promise<A>) =>
      silentMs === undefined ? answer : within(answer, silentMs, () => new SilenceError(silentMs));
    try {
      return await answered(send(this.current));
    } catch (error) {
      if (!hasMoved(error)) throw error;
      const found = await answered(this.find()).catch(() => null);
      // kafkajs gives up for the error of a search in vain, and repeats what has failed for this one.
      if (found === null) throw error;
      this.current = found;
      return await answered(send(found));
    }
  }
}

/** None of the brokers that were asked coordinates the group, as while another one takes over. */
export function isWithoutCoordinator(error: unknown): boolean {
  return MOVED.has((error as { type?: string }).type ?? '');
}

function hasMoved(error: unknown): boolean {
  const { name = '' } = error as { name?: string };
  return error instanceof SilenceError || isWithoutCoordinator(error) || UNREACHABLE.has(name);
}

/** Retriable, as whatever kafkajs does not know. */
class SilenceError extends Error {
  override readonly name = 'SilenceError';

  constructor(ms: number) {
    super(`the coordinator of the group did not answer within ${ms} ms`);
  }
}
