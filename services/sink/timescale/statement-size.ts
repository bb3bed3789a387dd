import { timedOut } from '../../../shared/adapters/postgres/errors.js';

/** Lower limit of rows per statement after time-outs. */
const MIN_ROWS = 100;

/**
 * How many rows a statement has: after one that timed out, as when many late rows go into compressed chunks, half as
 * many; later ones grow again.
 */
export class StatementSize {
  rows: number;

  constructor(private readonly most: number) {
    this.rows = most;
  }

  /** Does what stores a batch, and learns from how it went. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.rows = Math.min(this.most, this.rows * 2);
      return result;
    } catch (error) {
      if (error instanceof Error && timedOut(error.cause))
        this.rows = Math.min(this.most, Math.max(MIN_ROWS, this.rows >> 1));
      throw error;
    }
  }
}
