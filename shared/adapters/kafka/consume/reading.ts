import { partitionKey } from '../../../core/partition-key.js';
import { backoffMs } from '../../../core/retry.js';
import type { PartitionBuffer, SentAt } from '../../../ports/log.js';
import type { Leader } from '../cluster-metadata.js';

/** No leader has been asked yet. */
const NO_EPOCH = -1;

/** Where the log of a leader ended, and when the question was sent. */
export interface LogEnd {
  readonly offset: number;
  readonly sentAt: SentAt;
}

/** One partition that is read, and how far. */
export class Reading {
  readonly key: string;
  /** Epoch of the batch that was read last. */
  epoch = NO_EPOCH;
  /** Number of the fetch that it took part in last. */
  fetched = 0;
  /** The last that its leader said; null before. */
  end: LogEnd | null = null;
  /** The epoch of the leader that was asked for its log. */
  #startedEpoch: number | null = null;
  #failures = 0;
  /** By the monotonic clock. */
  #resumeAt = 0;

  /** @param topicId of the log that `position` is of; null until it is known */
  constructor(
    readonly buffer: PartitionBuffer,
    public position: number,
    public topicId: string | null,
  ) {
    this.key = partitionKey(buffer);
  }

  /** Whether the leader may be fetched from: a new one has to be asked first, as has that of another log. */
  startedWith({ epoch, topicId }: Leader): boolean {
    return this.#startedEpoch === epoch && this.topicId === topicId;
  }

  started({ epoch }: Leader): void {
    this.#startedEpoch = epoch;
  }

  /**
   * What is known of the log's end when a fetch has been answered that was sent then. A leader without followers gives out
   * all that it has; what one with followers has on its way to them arrived before the fetch, and is not in the answer.
   */
  endAt(sentAt: SentAt, { replicated }: Leader): LogEnd {
    if (!replicated) return { offset: 0, sentAt };
    return this.end ?? { offset: Number.POSITIVE_INFINITY, sentAt };
  }

  /** The position is another, in this log. */
  goOn(position: number, topicId: string | null): void {
    this.position = position;
    this.topicId = topicId;
    this.epoch = NO_EPOCH;
    this.end = null;
    this.#startedEpoch = null;
  }

  /** Nothing is asked of its leader for now. */
  rests(now: number): boolean {
    return now < this.#resumeAt;
  }

  /** While something else is found out about it. */
  hold(): void {
    this.#resumeAt = Number.POSITIVE_INFINITY;
  }

  /**
   * Backs off.
   *
   * @returns how many attempts had failed before
   */
  failed(now: number): number {
    this.#resumeAt = now + backoffMs(this.#failures, Math.random());
    return this.#failures++;
  }

  /** @returns how many attempts had failed before */
  succeeded(): number {
    const failures = this.#failures;
    this.#failures = 0;
    this.#resumeAt = 0;
    return failures;
  }
}
