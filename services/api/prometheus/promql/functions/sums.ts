/**
 * A sum whose rounding errors are kept beside it, as Prometheus sums over time (Neumaier 1974, an improved form of
 * Kahan's summation).
 */
export class ExactSum {
  sum = 0;
  rest = 0;

  add(value: number): void {
    const next = this.sum + value;
    if (Math.abs(this.sum) >= Math.abs(value)) this.rest += this.sum - next + value;
    else this.rest += value - next + this.sum;
    this.sum = next;
  }

  /** NaN once the sum is infinite. */
  get total(): number {
    return this.sum + this.rest;
  }
}

const isInfinite = (value: number) => value === Infinity || value === -Infinity;

/** Whether an infinite mean stays what it is with one more value. */
export const keepsMean = (mean: number, value: number): boolean =>
  isInfinite(mean) && (value === mean || Number.isFinite(value));
