import type { MetricPoint } from '../../../schemas/types.js';

/** Points on their way to Kafka, bounded: when Kafka stays away, the oldest go first. */
export class PointBuffer {
  #points: MetricPoint[] = [];
  #wake: (() => void) | null = null;

  /** @param onDropped told how many points were dropped at the bound */
  constructor(
    readonly limit: number,
    readonly onDropped: (count: number) => void,
  ) {}

  get size(): number {
    return this.#points.length;
  }

  add(points: readonly MetricPoint[]): void {
    this.#points.push(...points);
    const excess = this.#points.length - this.limit;
    if (excess > 0) {
      this.#points.splice(0, excess);
      this.onDropped(excess);
    }
    this.#wake?.();
  }

  /** Takes the oldest points out, at most `count`. */
  take(count: number): MetricPoint[] {
    return this.#points.splice(0, count);
  }

  /** Gives back what was taken but not sent; it is the oldest again. */
  putBack(points: readonly MetricPoint[]): void {
    this.#points.unshift(...points);
  }

  /** Resolves when there is a point, or when `signal` aborts. */
  async filled(signal: AbortSignal): Promise<void> {
    if (this.#points.length > 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#wake = null;
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
