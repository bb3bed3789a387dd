import { HttpProblem } from '../http/problem.js';

/** Between the look at a version and the change that is made of it, nobody else changes the same. */
export class OneAtATime {
  readonly #changing = new Set<string>();

  constructor(private readonly what: string) {}

  async change<T>(tenantId: string, id: string, work: () => Promise<T>): Promise<T> {
    const key = `${tenantId}|${id}`;
    if (this.#changing.has(key))
      throw new HttpProblem(409, 'TACTUS_CONFLICT', `somebody else is changing the same ${this.what}`, {
        'retry-after': '1',
      });
    this.#changing.add(key);
    try {
      return await work();
    } finally {
      this.#changing.delete(key);
    }
  }
}
