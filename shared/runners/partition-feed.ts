import type { RecordBatch } from '../core/record-batch.js';
import type { Feed } from '../ports/log.js';

/** An answer older than this many fetch waits no longer says where the log ends. */
const FRESH_WAITS = 4;
const FRESH_MIN_MS = 2_000;

/** How long a fetch answer counts, given how long a broker may hold one back. */
export function freshMs(fetchMaxWaitMs: number): number {
  return Math.max(FRESH_MIN_MS, FRESH_WAITS * fetchMaxWaitMs);
}

/** Fetched batches that may wait for processing: enough to keep a fetch ahead, no more. */
const MAX_WAITING = 3;

/** The buffer between the log source and the loop that processes one partition. */
export class PartitionFeed implements Feed {
  readonly #waiting: RecordBatch[] = [];
  #arrived: (() => void) | null = null;
  #endOffset = 0;
  #stableOffset = 0;
  #position: number;
  #atEnd = false;
  #answeredAt = 0;

  constructor(
    readonly topic: string,
    readonly partition: number,
    offset: number,
    private readonly options: { onRoom: () => void; freshMs: number },
  ) {
    this.#position = offset;
  }

  wants(): boolean {
    return this.#waiting.length < MAX_WAITING;
  }

  deliver(batch: RecordBatch, endOffset: number, stableOffset: number): void {
    this.#endOffset = endOffset;
    this.#stableOffset = stableOffset;
    this.#answeredAt = performance.now();
    this.#atEnd = batch.atEnd;
    // A batch of nothing but control records still moves the position.
    if (batch.length > 0 || batch.nextOffset > this.#nextInQueue()) this.#waiting.push(batch);
    // Not at once: whoever delivers asks the broker for more first, and the answer comes while this is processed.
    if (this.#arrived !== null) setImmediate(() => this.#arrived?.());
  }

  /** The next batch, or null when none came within `ms`, or `signal` aborted. */
  async next(ms: number, signal: AbortSignal): Promise<RecordBatch | null> {
    if (this.#waiting.length === 0 && !signal.aborted) await this.#arrival(ms, signal);
    const batch = this.#waiting.shift() ?? null;
    if (batch !== null) {
      this.#position = batch.nextOffset;
      this.options.onRoom();
    }
    return batch;
  }

  /** A clock tick at the current position. */
  tick(topic: string): RecordBatch {
    const nothing = (index: number): never => {
      throw new RangeError(`record ${index} of 0`);
    };
    return {
      topic,
      partition: this.partition,
      length: 0,
      nextOffset: this.#position,
      atEnd: this.caughtUp,
      offset: nothing,
      timestamp: nothing,
      key: nothing,
      value: nothing,
      headers: nothing,
      segments: [],
    };
  }

  /** True once the log has answered at all. */
  get answered(): boolean {
    return this.#answeredAt > 0;
  }

  /** For how long the log has given no answer, though one is wanted; 0 before the first one. */
  get silentMs(): number {
    return this.answered && this.wants() ? performance.now() - this.#answeredAt : 0;
  }

  /** True when there is more to process already, here or in the log; what is not committed yet does not count. */
  get behind(): boolean {
    return this.#position < this.#stableOffset;
  }

  get lag(): number {
    return Math.max(0, this.#endOffset - this.#position);
  }

  /**
   * Nothing is left to read or to be taken. An answer from before the broker went away says nothing
   * about the end of the log now.
   */
  get caughtUp(): boolean {
    const fresh = performance.now() - this.#answeredAt < this.options.freshMs;
    return fresh && this.#atEnd && this.#waiting.length === 0;
  }

  #nextInQueue(): number {
    return this.#waiting[this.#waiting.length - 1]?.nextOffset ?? this.#position;
  }

  #arrival(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
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
  }
}
