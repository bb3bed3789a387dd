import { TactusError } from '../../../shared/core/errors.js';

/** Lets only so many queries run at once: each holds its points in memory. */
export class Gate {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly most: number,
    private readonly waitMs: number,
  ) {}

  /** @throws TACTUS_QUERY_TIMEOUT where its turn does not come in time, or the client goes meanwhile */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, so that nobody who comes meanwhile takes it.
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (this.#running < this.most) {
      this.#running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (why: string) => {
        const place = this.#waiting.indexOf(go);
        if (place >= 0) this.#waiting.splice(place, 1);
        done();
        reject(new TactusError('TACTUS_QUERY_TIMEOUT', why));
      };
      const late = () =>
        leave(`${this.most} queries ran for ${this.waitMs} ms (TACTUS_API_PROMQL_MAX_QUERIES)`);
      const gone = () => leave('the client has gone');
      const timer = setTimeout(late, this.waitMs);
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', gone);
      };
      const go = () => {
        done();
        resolve();
      };
      signal.addEventListener('abort', gone, { once: true });
      this.#waiting.push(go);
    });
  }
}
