import { seeded } from '../generators.js';

/** A seeded source of numbers of many distributions. */
export class Random {
  readonly uniform: () => number;

  constructor(seed: number) {
    this.uniform = seeded(seed);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Both ends included. */
  integer(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.uniform() * choices.length)] ?? choices[0];
  }

  /** Log-uniform: as many between 1 and 2 as between 2 and 4. */
  scale(low: number, high: number): number {
    return Math.exp(this.between(Math.log(low), Math.log(high)));
  }

  sign(): number {
    return this.chance(0.5) ? 1 : -1;
  }

  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  exponential(): number {
    return -Math.log(1 - this.uniform());
  }

  logNormal(sigma: number): number {
    return Math.exp(sigma * this.normal());
  }

  /** At least 1; infinite variance below `alpha` 2. */
  pareto(alpha: number): number {
    return (1 - this.uniform()) ** (-1 / alpha);
  }

  poisson(mean: number): number {
    if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.uniform(); product > limit; product *= this.uniform()) count++;
    return count;
  }

  /** Student's t, scaled to about unit spread in its body. */
  student(degrees: number): number {
    let chi = 0;
    for (let i = 0; i < degrees; i++) chi += this.normal() ** 2;
    return this.normal() / Math.sqrt(chi / degrees);
  }
}
