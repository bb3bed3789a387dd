import { IDLE_TIMEOUT_MS } from '../definitions.js';

/** Between what the broker's and a worker's clock show for one moment on one machine. */
const SLACK_MS = 250;
const FIRST_CAPACITY = 65_536;

/** How a record came into `ingest.metrics`. */
export interface Arrival {
  readonly partition: number;
  /** When the broker took it in. */
  readonly appendedAt: number;
  /** The latest that the partition's stream time may have been before the record. */
  readonly before: number;
}

/**
 * The latest that stream time of one input partition may be, worked out from the log alone: the highest
 * timestamp so far, capped by when the broker took the record in. After a silence as long as the idle time-out
 * the wall clock may have moved it as far as the next record.
 */
class InputClock {
  #highest = Number.NEGATIVE_INFINITY;
  #lastAppendedAt = Number.NEGATIVE_INFINITY;
  #time = Number.NEGATIVE_INFINITY;

  /** @returns time before the record */
  observe(timestamp: number, appendedAt: number): number {
    const silence = appendedAt - this.#lastAppendedAt;
    if (Number.isFinite(silence) && silence >= IDLE_TIMEOUT_MS - SLACK_MS)
      this.#time = Math.max(this.#time, appendedAt + SLACK_MS);
    const before = this.#time;
    this.#lastAppendedAt = appendedAt;
    this.#highest = Math.max(this.#highest, timestamp);
    this.#time = Math.max(this.#time, Math.min(this.#highest, appendedAt));
    return before;
  }
}

/**
 * When each point reached `ingest.metrics`, by its number: how often it is there, and how its first record came,
 * which is the one that de-duplication lets through. The records of a partition are to be given in their order.
 */
export class Arrivals {
  readonly #clocks = new Map<number, InputClock>();
  /** By number; typed arrays, for a long run has millions. NaN where there is none. */
  #before = new Float64Array(FIRST_CAPACITY).fill(Number.NaN);
  #appendedAt = new Float64Array(FIRST_CAPACITY);
  #partitions = new Uint16Array(FIRST_CAPACITY);
  records = 0;
  /** Different numbers. */
  points = 0;

  observe(number: number, partition: number, timestamp: number, appendedAt: number): void {
    let clock = this.#clocks.get(partition);
    if (clock === undefined) {
      clock = new InputClock();
      this.#clocks.set(partition, clock);
    }
    const before = clock.observe(timestamp, appendedAt);
    this.records += 1;
    while (number >= this.#before.length) this.#grow();
    if (!Number.isNaN(this.#before[number])) return;
    this.points += 1;
    this.#before[number] = before;
    this.#appendedAt[number] = appendedAt;
    this.#partitions[number] = partition;
  }

  of(number: number): Arrival | undefined {
    const before = this.#before[number];
    if (before === undefined || Number.isNaN(before)) return undefined;
    return {
      before,
      appendedAt: this.#appendedAt[number] as number,
      partition: this.#partitions[number] as number,
    };
  }

  /** The numbers that are there. */
  *numbers(): Generator<number> {
    for (let number = 0; number < this.#before.length; number++)
      if (!Number.isNaN(this.#before[number])) yield number;
  }

  #grow(): void {
    const { length } = this.#before;
    const [before, appendedAt, partitions] = [this.#before, this.#appendedAt, this.#partitions];
    this.#before = new Float64Array(length * 2).fill(Number.NaN);
    this.#before.set(before);
    this.#appendedAt = new Float64Array(length * 2);
    this.#appendedAt.set(appendedAt);
    this.#partitions = new Uint16Array(length * 2);
    this.#partitions.set(partitions);
  }
}
