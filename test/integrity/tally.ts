import { DistinctSketch, MAX_EXACT, STANDARD_ERROR } from '../../shared/windows/distinct.js';
import { type Figures, rateOf } from '../support/recompute.js';

/** An estimate that is further from the right number is none of 2^14 registers. */
const MOST_ERRORS = 6;

/** What a window says of its members. */
export interface WrittenMembers {
  readonly distinct: number | null;
  readonly sketch: Buffer | null;
}

function isNear(distinct: number | null, size: number): boolean {
  return distinct !== null && Math.abs(distinct - size) <= MOST_ERRORS * STANDARD_ERROR * size;
}

/** The figures of one window, from its points in any order; `offset` decides between equal times. */
export class Tally {
  #count = 0;
  #sum = 0;
  #squares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #first = 0;
  #firstAt = Number.POSITIVE_INFINITY;
  #firstOffset = 0;
  #last = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #lastOffset = 0;
  #increase: number | null = null;
  /** With repetitions. */
  readonly #members: number[] = [];

  /** @param end of the window, exclusive */
  constructor(
    readonly start: number,
    readonly end: number,
  ) {}

  /** What counters go up by; in eighths as well. */
  addIncrease(increase: number): void {
    this.#increase = (this.#increase ?? 0) + increase;
  }

  addMember(value: number): void {
    this.#members.push(value);
  }

  /** What is wrong with the members that a window is said to have; empty where nothing is. */
  wrongMembers({ distinct, sketch }: WrittenMembers, hasSketch: boolean): string {
    const members = new Set(this.#members);
    const { size } = members;
    const isRight = size <= MAX_EXACT ? distinct === (size || null) : isNear(distinct, size);
    if (!isRight) return `distinct is ${distinct}, of ${size} members`;
    if (size === 0 || !hasSketch) return sketch === null ? '' : 'a sketch of nothing';
    const wanted = new DistinctSketch();
    for (const each of members) wanted.add(each);
    if (distinct !== wanted.count) return `distinct is ${distinct}, should be exactly ${wanted.count}`;
    return sketch?.equals(wanted.write()) === true ? '' : `the sketch is not that of ${size} members`;
  }

  /** The values are whole eighths: both sums are exact. */
  add(value: number, at: number, offset: number): void {
    this.#count += 1;
    this.#sum += value;
    this.#squares += value * value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    if (at < this.#firstAt || (at === this.#firstAt && offset < this.#firstOffset)) {
      this.#first = value;
      this.#firstAt = at;
      this.#firstOffset = offset;
    }
    if (at > this.#lastAt || (at === this.#lastAt && offset > this.#lastOffset)) {
      this.#last = value;
      this.#lastAt = at;
      this.#lastOffset = offset;
    }
  }

  figures(): Figures {
    const count = this.#count;
    return {
      count,
      sum: this.#sum,
      min: this.#min,
      max: this.#max,
      mean: this.#sum / count,
      stddev: Math.sqrt(Math.max(0, count * this.#squares - this.#sum ** 2)) / count,
      first: this.#first,
      last: this.#last,
      increase: this.#increase,
      rate: rateOf(this.#increase, this.end - this.start),
    };
  }
}
