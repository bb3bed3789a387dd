import { type Millis, systemClock } from '../core/clock.js';
import { splitBatch } from '../core/join-batches.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { PartitionBuffer, SentAt } from '../ports/log.js';
import { msSince, sentNow } from '../process/sent-at.js';

/** In fetch waits: a response to a request older than this no longer says where the log ends. */
const MAX_AGE_WAITS = 4;
const MIN_MAX_AGE_MS = 2_000;

/** For how long after its request a fetch response says where the log ends, given how long a broker may delay one. */
export function maxAnswerAgeMs(fetchMaxWaitMs: number): number {
  return Math.max(MIN_MAX_AGE_MS, MAX_AGE_WAITS * fetchMaxWaitMs);
}

/** Fetched batches that may wait for processing: enough to keep a fetch ahead, no more. */
const MAX_WAITING = 3;

/** Holds fetched batches of one partition until the loop that processes it takes them. */
export class FetchBuffer implements PartitionBuffer {
  readonly brokenOff?: () => void;
  readonly #waiting: RecordBatch[] = [];
  /** When the request was sent of each batch that waits. */
  readonly #waitingSentAt: SentAt[] = [];
  #arrived: (() => void) | null = null;
  #endOffset = 0;
  #stableOffset = 0;
  #position: number;
  #leaderEpoch: number | undefined;
  #atEnd = false;
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** When the request was sent whose response came last. */
  #sentAt: SentAt | null = null;
  /** The same of what was taken last. */
  #takenSentAt: SentAt | null = null;
  /** Kept, since all partitions of a topic ask for it in each turn of each of them. */
  #nextTime: Millis | null = null;

  constructor(
    readonly topic: string,
    readonly partition: number,
    offset: number,
    private readonly options: {
      readonly onRoom: () => void;
      readonly maxAnswerAgeMs: number;
      /** See {@link PartitionBuffer.brokenOff}. */
      readonly brokenOff?: () => void;
    },
  ) {
    this.#position = offset;
    if (options.brokenOff !== undefined) this.brokenOff = options.brokenOff;
  }

  hasRoom(): boolean {
    return this.#waiting.length < MAX_WAITING;
  }

  deliver(batch: RecordBatch, endOffset: number, stableOffset: number, sentAt: SentAt = sentNow()): void {
    this.#endOffset = endOffset;
    this.#stableOffset = stableOffset;
    this.#answeredAt = performance.now();
    this.#sentAt = sentAt;
    this.#atEnd = batch.atEnd;
    // A batch of nothing but control records still moves the position.
    if (batch.length > 0 || batch.nextOffset > this.#nextInQueue()) {
      this.#waiting.push(batch);
      this.#waitingSentAt.push(sentAt);
      this.#nextTime ??= timeOf(batch);
    }
    // Deferred, so that the log source sends its next fetch before this batch is processed.
    if (this.#arrived !== null) setImmediate(() => this.#arrived?.());
  }

  /** @returns true when there is a batch to take, false when none came within `ms`, or `signal` aborted */
  async arrival(ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#waiting.length > 0) return true;
    if (signal.aborted) return false;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#arrived = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      this.#arrived = () => {
        if (this.#waiting.length > 0) done();
      };
    });
    return this.#waiting.length > 0;
  }

  /** The next batch, or null when none came within `ms`, or `signal` aborted. */
  async next(ms: number, signal: AbortSignal): Promise<RecordBatch | null> {
    if (this.#waiting.length === 0) await this.arrival(ms, signal);
    return this.takeUpTo(Number.POSITIVE_INFINITY);
  }

  /**
   * The next batch as far as the log took it in by `latest`, at least its first segment, and at most so many records of it;
   * null when none waits. One of control records alone only moves the position: it is a {@link tick} then, since it may
   * have waited for long.
   */
  takeUpTo(latest: Millis, most = Number.POSITIVE_INFINITY): RecordBatch | null {
    const batch = this.#waiting[0];
    if (batch === undefined) return null;
    const count = Math.min(lengthUpTo(batch, latest), most);
    // Of the whole batch: a later epoch than that of a part of it does no harm, an earlier one would.
    this.#leaderEpoch = batch.leaderEpoch ?? this.#leaderEpoch;
    if (count === batch.length) {
      this.#waiting.shift();
      this.#takenSentAt = this.#waitingSentAt.shift() ?? null;
      this.#position = batch.nextOffset;
      this.#nextTime = timeOf(this.#waiting.find(({ length }) => length > 0));
      this.options.onRoom();
      if (count > 0) return batch;
      batch.release?.();
      batch.recycle?.();
      return this.tick(batch.topic);
    }
    const [part, rest] = splitBatch(batch, count);
    this.#waiting[0] = rest;
    this.#nextTime = timeOf(rest);
    this.#position = part.nextOffset;
    return part;
  }

  /**
   * An empty batch at the current position: a clock tick for the stage. Its `readAt` is in the past by the age of the
   * last response's request, and undefined when the buffer is not caught up.
   */
  tick(topic: string): RecordBatch {
    const age = this.#ageMs();
    const atEnd = this.#isCaughtUp(age);
    if (atEnd) this.#takenSentAt = this.#sentAt;
    const nothing = (index: number): never => {
      throw new RangeError(`record ${index} of 0`);
    };
    return {
      topic,
      partition: this.partition,
      length: 0,
      nextOffset: this.#position,
      atEnd,
      readAt: atEnd ? Math.floor(systemClock.now() - age) : undefined,
      offset: nothing,
      timestamp: nothing,
      key: nothing,
      value: nothing,
      headers: nothing,
      segments: [],
    };
  }

  /** Of what was taken, markers of transactions included, or of more; undefined before anything was. */
  get leaderEpoch(): number | undefined {
    return this.#leaderEpoch;
  }

  /** True once a fetch response has come. */
  get answered(): boolean {
    return this.#answeredAt !== Number.NEGATIVE_INFINITY;
  }

  /** Time since the last fetch response, while one is expected; 0 before the first one. */
  get silentMs(): number {
    return this.answered && this.hasRoom() ? performance.now() - this.#answeredAt : 0;
  }

  /** Something was fetched and is not taken yet. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** True when there are more committed records to process, here or in the log. */
  get behind(): boolean {
    return this.#position < this.#stableOffset;
  }

  /** Where the log ended by the last fetch response; records of open transactions are counted. */
  get end(): number {
    return this.#endOffset;
  }

  /** When that response came, by the monotonic clock. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** Nothing is left to fetch or to take, as far as the response to a recent request can say. */
  get caughtUp(): boolean {
    return this.#isCaughtUp(this.#ageMs());
  }

  /**
   * What was taken last was fetched a short time ago: if it was the end of the log, that is still so as far as can be
   * known. False while its owner is held up, or takes batches long after they were fetched.
   */
  get fresh(): boolean {
    return this.#takenSentAt !== null && msSince(this.#takenSentAt) < this.options.maxAnswerAgeMs;
  }

  /** When the log took in the first record that waits here; null when none does. */
  get nextTime(): Millis | null {
    return this.#nextTime;
  }

  /** Of the request whose response came last. */
  #ageMs(): number {
    return this.#sentAt === null ? Number.POSITIVE_INFINITY : msSince(this.#sentAt);
  }

  #isCaughtUp(ageMs: number): boolean {
    return ageMs < this.options.maxAnswerAgeMs && this.#atEnd && this.#waiting.length === 0;
  }

  #nextInQueue(): number {
    return this.#waiting[this.#waiting.length - 1]?.nextOffset ?? this.#position;
  }
}

/** Of its first record. */
function timeOf(batch: RecordBatch | undefined): Millis | null {
  return batch === undefined || batch.length === 0 ? null : batch.timestamp(0);
}

/** How many records the segments have that begin by `latest`, and the first one in any case. */
function lengthUpTo({ segments }: RecordBatch, latest: Millis): number {
  let count = 0;
  for (const { length, times } of segments) {
    if (count > 0 && (times[0] as number) > latest) break;
    count += length;
  }
  return count;
}
