/** A sender gives a request up after so many tries. */
export const MOST_TRIES = 12;
/** A request counts as served when it was acknowledged by this try. */
const SERVED_BY = 3;

/** By which try requests were acknowledged. */
export class Availability {
  /** By number of tries, from 1. */
  readonly #byTry = new Map<number, number>();
  #never = 0;

  acknowledged(tries: number): void {
    this.#byTry.set(tries, (this.#byTry.get(tries) ?? 0) + 1);
  }

  givenUp(): void {
    this.#never += 1;
  }

  get requests(): number {
    return this.#never + [...this.#byTry.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Requests acknowledged by exactly this try. */
  by(tries: number): number {
    return this.#byTry.get(tries) ?? 0;
  }

  get later(): number {
    return [...this.#byTry].reduce((sum, [tries, count]) => (tries > SERVED_BY ? sum + count : sum), 0);
  }

  get never(): number {
    return this.#never;
  }

  /** Share that was acknowledged by the third try; NaN without requests. */
  get share(): number {
    return (this.requests - this.later - this.#never) / this.requests;
  }

  line(): string {
    const tries = [1, 2, 3].map((number) => `${this.by(number)} by try ${number}`);
    const rest = `${this.later} later, ${this.#never} never`;
    return `${this.requests} requests acknowledged: ${tries.join(', ')}, ${rest}; by the third try ${(100 * this.share).toFixed(4)} %`;
  }
}
