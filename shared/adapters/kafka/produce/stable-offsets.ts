import { isDeepStrictEqual } from 'node:util';
import { TactusError } from '../../../core/errors.js';
import type { AssignedPartition } from '../../../ports/log.js';
import { sleep } from '../../../process/wait.js';
import { requireSuccess, UNSTABLE_OFFSET_COMMIT } from '../protocol/answers.js';
import { type CommittedOffset, offsetFetch } from '../protocol/offset-fetch.js';
import type { Brokers } from './brokers.js';

/**
 * A group coordinator of Kafka 4.1 that becomes leader again while it still loads its log considers itself
 * loaded when the earlier load ends, and answers with old offsets until it has read the rest. A committed
 * offset therefore has to be stable for this long.
 */
const SETTLE_MS = 300;
const BLOCKED_POLL_MS = 50;
const ASK_MS = 10_000;

export interface StableRead {
  readonly signal?: AbortSignal;
  /** As `performance.now()` gives it; default: none. */
  readonly deadline?: number;
  /** Called again and again while a transaction is open that holds offsets of these partitions. */
  readonly onBlocked?: (partitions: readonly AssignedPartition[]) => Promise<void>;
}

/** The group's committed offsets. */
export class StableOffsets {
  constructor(
    private readonly brokers: Brokers,
    private readonly groupId: string,
  ) {}

  /** What is committed now; an open transaction may still change it. */
  async now(partitions: readonly AssignedPartition[]): Promise<readonly CommittedOffset[]> {
    return await this.#ask(partitions, false, performance.now() + ASK_MS);
  }

  /**
   * What is committed when no transaction is open any more that holds offsets of these partitions, and two
   * answers in a row agree.
   *
   * @throws TactusError `TACTUS_KAFKA_UNAVAILABLE` when the signal aborts or the deadline passes
   */
  async stable(
    partitions: readonly AssignedPartition[],
    { signal, deadline = Number.POSITIVE_INFINITY, onBlocked }: StableRead,
  ): Promise<readonly CommittedOffset[]> {
    let before: readonly CommittedOffset[] | null = null;
    for (;;) {
      const asked = Math.min(deadline, performance.now() + ASK_MS);
      const now = await this.#ask(partitions, true, asked);
      const blocked = now.filter(({ code }) => code === UNSTABLE_OFFSET_COMMIT);
      if (blocked.length === 0 && isDeepStrictEqual(before, now)) return now;
      before = blocked.length === 0 ? now : null;
      if (blocked.length > 0) await onBlocked?.(blocked);
      if (signal?.aborted || performance.now() > deadline)
        throw new TactusError(
          'TACTUS_KAFKA_UNAVAILABLE',
          `the committed offsets of ${this.groupId} are not stable: a transaction is open`,
        );
      await sleep(blocked.length === 0 ? SETTLE_MS : BLOCKED_POLL_MS, signal);
    }
  }

  async #ask(
    partitions: readonly AssignedPartition[],
    stable: boolean,
    deadline: number,
  ): Promise<readonly CommittedOffset[]> {
    const request = offsetFetch(this.groupId, partitions, stable);
    const answers = await this.brokers.ask({ of: 'group', id: this.groupId }, request, deadline);
    for (const { topic, partition, code } of answers)
      if (code !== UNSTABLE_OFFSET_COMMIT)
        requireSuccess(code, `asking for the committed offset of ${topic}[${partition}]`);
    return answers;
  }
}
