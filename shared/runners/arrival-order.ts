import type { Millis } from '../core/clock.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { FetchBuffer } from './fetch-buffer.js';

/** A partition may be so far ahead of the others, by the log's time. */
const SLACK_MS = 1_000;
/** An answer that is expected comes sooner, or its broker is in trouble. */
const ANSWER_MS = 1_000;
/** Records that wait are taken sooner, or something else holds their partition up: a registry that does not answer. */
const STEP_MS = 5_000;

interface Member {
  readonly buffer: FetchBuffer;
  nextTime: Millis | null;
  /** Since when, by the monotonic clock, it is as it is. */
  since: number;
  /** Time of the last record that it took: what comes next is not from before. */
  passed: Millis;
  /** Lets it look again whether its turn has come. */
  wake: (() => void) | null;
}

/**
 * Lets the partitions of a topic in one process take their records in the order in which the log took them in,
 * segment by segment, so that none runs ahead of the others by much when there is much to read. Nobody waits for a
 * partition that has been read to its end, that cannot be read, or that is held up.
 *
 * It holds nothing: records wait in their buffers, which are bounded.
 */
export class ArrivalOrder {
  readonly #members = new Map<FetchBuffer, Member>();
  /** Members that have a `wake`. */
  #waiting = 0;

  constructor(private readonly monotonicMs: () => number = () => performance.now()) {}

  /** From now on the buffer takes part: nothing is left of it to replay. */
  add(buffer: FetchBuffer): void {
    const [nextTime, passed] = [buffer.nextTime, Number.NEGATIVE_INFINITY];
    this.#members.set(buffer, { buffer, nextTime, since: this.monotonicMs(), passed, wake: null });
  }

  remove(buffer: FetchBuffer): void {
    this.#members.delete(buffer);
    this.#wakeWhoMay();
  }

  /**
   * As {@link FetchBuffer.next}: the next batch, or as much of it as is in order, as soon as its turn has come, or
   * null when that was not so within `ms`, or `signal` aborted. A buffer that was not added has its turn always.
   */
  async next(buffer: FetchBuffer, ms: number, signal: AbortSignal): Promise<RecordBatch | null> {
    const until = this.monotonicMs() + ms;
    const arrived = await buffer.arrival(ms, signal);
    const member = this.#members.get(buffer);
    if (member === undefined) return buffer.next(0, signal);
    // Whoever asks has processed what it took before: the others may be waiting for that, as for its answers.
    this.#wakeWhoMay();
    if (!arrived) return null;
    const batch = this.#take(member);
    if (batch !== null) return batch;
    await this.#woken(member, until - this.monotonicMs(), signal);
    return signal.aborted ? null : this.#take(member);
  }

  #woken(member: Member, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        member.wake = null;
        this.#waiting -= 1;
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, ms));
      signal.addEventListener('abort', done, { once: true });
      member.wake = done;
      this.#waiting += 1;
      if (signal.aborted) done();
    });
  }

  #wakeWhoMay(): void {
    if (this.#waiting === 0) return;
    const latest = this.#least(null) + SLACK_MS;
    for (const { nextTime, wake } of this.#members.values())
      if (wake !== null && nextTime !== null && nextTime <= latest) wake();
  }

  #take(member: Member): RecordBatch | null {
    const { buffer } = member;
    const { nextTime } = buffer;
    const latest = this.#least(member) + SLACK_MS;
    // It goes on, or waits for its turn: nothing else holds it up.
    if (nextTime !== null) member.since = this.monotonicMs();
    // Without a time there is nothing but the markers of transactions.
    if (nextTime !== null && nextTime > latest) return null;
    const batch = buffer.takeUpTo(latest);
    if (batch !== null && batch.length > 0) member.passed = batch.timestamp(batch.length - 1);
    return batch;
  }

  /** No record that another member is about to take is from before this time of the log. */
  #least(except: Member | null): Millis {
    const now = this.monotonicMs();
    let least = Number.POSITIVE_INFINITY;
    for (const member of this.#members.values()) {
      const { buffer } = member;
      const { nextTime } = buffer;
      if (nextTime !== member.nextTime) {
        member.nextTime = nextTime;
        member.since = now;
      }
      if (member === except || now - member.since > (nextTime === null ? ANSWER_MS : STEP_MS)) continue;
      if (nextTime !== null) least = Math.min(least, nextTime);
      else if (buffer.behind || !buffer.answered) least = Math.min(least, member.passed);
    }
    return least;
  }
}
