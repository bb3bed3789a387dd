import { setImmediate as immediate } from 'node:timers/promises';
import type { Millis } from '../core/clock.js';
import type { RecordBatch } from '../core/record-batch.js';
import { type Claim, FairTurns } from './fair-turns.js';
import type { FetchBuffer } from './fetch-buffer.js';

/** A partition may be so far ahead of the others, by the log's time, unless it is said otherwise. */
const LEAD_MS = 1_000;
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

export interface ArrivalOrderOptions {
  /** How far a partition may be ahead of the others. */
  readonly leadMs?: Millis;
  readonly monotonicMs?: () => number;
}

/**
 * Lets the partitions of a topic in one process take their records in the order in which the log took them in,
 * to within `leadMs`, so that none runs ahead of the others by more when there is much to read. Nobody waits for a
 * partition that has been read to its end, that cannot be read, or that is held up. Within the lead they
 * take turns by {@link FairTurns}: one with much to read does not keep those with little waiting.
 *
 * It holds nothing: records wait in their buffers, which are bounded.
 */
export class ArrivalOrder {
  readonly #members = new Map<FetchBuffer, Member>();
  readonly #turns = new FairTurns<Member>();
  readonly #leadMs: Millis;
  readonly #monotonicMs: () => number;
  /** Members that have a `wake`. */
  #waiting = 0;
  /** The next one is woken as soon as the one that has its turn lets go of the process. */
  #waking = false;

  constructor({ leadMs = LEAD_MS, monotonicMs = () => performance.now() }: ArrivalOrderOptions = {}) {
    this.#leadMs = leadMs;
    this.#monotonicMs = monotonicMs;
  }

  /** From now on the buffer takes part: nothing is left of it to replay. */
  add(buffer: FetchBuffer): void {
    const [nextTime, passed] = [buffer.nextTime, Number.NEGATIVE_INFINITY];
    this.#members.set(buffer, { buffer, nextTime, since: this.#monotonicMs(), passed, wake: null });
  }

  remove(buffer: FetchBuffer): void {
    const member = this.#members.get(buffer);
    if (member === undefined) return;
    this.#members.delete(buffer);
    this.#turns.remove(member);
    this.#wakeNext();
  }

  /** What the buffer's records may ask for from now on, beside those of the others. */
  claim(buffer: FetchBuffer, claim: Claim): void {
    const member = this.#members.get(buffer);
    if (member !== undefined) this.#turns.claim(member, claim);
  }

  /**
   * As {@link FetchBuffer.next}: the next batch, or as much of it as is in order, as soon as its turn has come, or
   * null when that was not so within `ms`, or `signal` aborted. A buffer that was not added has its turn always.
   */
  async next(buffer: FetchBuffer, ms: number, signal: AbortSignal): Promise<RecordBatch | null> {
    const until = this.#monotonicMs() + ms;
    const hadSome = buffer.nextTime !== null;
    const arrived = await buffer.arrival(ms, signal);
    const member = this.#members.get(buffer);
    if (member === undefined) return buffer.next(0, signal);
    if (!arrived) {
      this.#turns.idle(member);
      this.#wakeNext();
      return null;
    }
    // Whoever asks has processed what it took before. Others may have got something meanwhile, and have yet to ask.
    if (hadSome && this.#isContended(member)) await immediate();
    for (let timeLeft = true; !signal.aborted && this.#members.get(buffer) === member; ) {
      const batch = this.#take(member);
      if (batch !== null || !timeLeft) return batch;
      timeLeft = await this.#woken(member, until - this.#monotonicMs(), signal);
    }
    return null;
  }

  /** @returns false when it was not woken within `ms` */
  #woken(member: Member, ms: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (woken: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        member.wake = null;
        this.#waiting -= 1;
        resolve(woken);
      };
      const giveUp = () => end(false);
      const timer = setTimeout(giveUp, Math.max(0, ms));
      signal.addEventListener('abort', giveUp, { once: true });
      member.wake = () => end(true);
      this.#waiting += 1;
    });
  }

  #isContended(member: Member): boolean {
    for (const other of this.#members.values())
      if (other !== member && other.buffer.nextTime !== null) return true;
    return false;
  }

  /** Of those that wait, the one whose turn it is. */
  #wakeNext(): void {
    if (this.#waiting === 0) return;
    const latest = this.#latest(null);
    this.#turns
      .next(({ buffer: { nextTime }, wake }) => wake !== null && nextTime !== null && nextTime <= latest)
      ?.key.wake?.();
  }

  #wakeNextSoon(): void {
    if (this.#waiting === 0 || this.#waking) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      this.#wakeNext();
    });
  }

  /** What is there, if it is the member's turn. */
  #take(member: Member): RecordBatch | null {
    const { buffer } = member;
    const { nextTime } = buffer;
    const latest = this.#latest(member);
    // It goes on, or waits for its turn: nothing else holds it up.
    if (nextTime !== null) member.since = this.#monotonicMs();
    // Without a time there is nothing but the markers of transactions.
    if (nextTime === null) return buffer.takeUpTo(latest);
    this.#turns.ready(member);
    const latestOfAll = this.#latest(null);
    const turn = this.#turns.next((other) => {
      if (other === member) return nextTime <= latest;
      const theirs = other.buffer.nextTime;
      return other.wake !== null && theirs !== null && theirs <= latestOfAll;
    });
    if (turn?.key !== member) {
      turn?.key.wake?.();
      return null;
    }
    // Alone it takes what there is.
    const batch = buffer.takeUpTo(latest, this.#isContended(member) ? turn.most : Number.POSITIVE_INFINITY);
    if (batch !== null && batch.length > 0) {
      member.passed = batch.timestamp(batch.length - 1);
      this.#turns.took(member, Math.min(batch.length, turn.most));
    }
    this.#wakeNextSoon();
    return batch;
  }

  /** Up to which time of the log records may be taken. */
  #latest(except: Member | null): Millis {
    // Without a bound nobody is looked at: one that has taken nothing yet would be minus infinity behind.
    return this.#leadMs === Number.POSITIVE_INFINITY ? this.#leadMs : this.#least(except) + this.#leadMs;
  }

  /** No record that another member is about to take is from before this time of the log. */
  #least(except: Member | null): Millis {
    const now = this.#monotonicMs();
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
