import type { MetricPoint } from '../../../schemas/types.js';

/** A bounded buffer of points for Kafka; when it is full, the oldest are dropped. */
export class PointBuffer {
  #points: MetricPoint[] = [];
  #wake: (() => void) | null = null;

  /** @param onDropped receives the number of dropped points */
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

  /** Removes and returns the oldest points, at most `count`. */
  take(count: number): MetricPoint[] {
    return this.#points.splice(0, count);
  }

  /** Returns points that were taken but not sent to the front of the buffer. */
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
