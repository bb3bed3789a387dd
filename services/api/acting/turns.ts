import type { Millis } from '../../../shared/core/clock.js';
import { HttpProblem } from '../http/problem.js';

export interface TurnsOptions {
  /** What is at work, in words, for who is refused. */
  readonly what: string;
  /** Most at once; of one tenant one, so that none keeps the others waiting. */
  readonly most: number;
  readonly waitMs: Millis;
}

interface Waiting {
  readonly tenantId: string;
  readonly go: () => void;
}

/** Of one tenant, and of all. */
const MAX_WAITING_OF_TENANT = 8;
const MAX_WAITING = 64;

/** Bounds how much of what is expensive is at work at once, in one process of the API. */
export class Turns {
  readonly #tenants = new Set<string>();
  #waiting: Waiting[] = [];

  constructor(private readonly options: TurnsOptions) {}

  /**
   * Does the work when it is its turn.
   *
   * @param gone ends the waiting
   * @throws HttpProblem 503 where others wait or work for too long: the same request works later
   */
  async take<T>(tenantId: string, gone: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#isFree(tenantId)) this.#tenants.add(tenantId);
    else await this.#turn(tenantId, gone);
    try {
      return await work();
    } finally {
      this.#tenants.delete(tenantId);
      this.#next();
    }
  }

  #isFree(tenantId: string): boolean {
    return this.#tenants.size < this.options.most && !this.#tenants.has(tenantId);
  }

  #next(): void {
    const next = this.#waiting.find(({ tenantId }) => this.#isFree(tenantId));
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((one) => one !== next);
    this.#tenants.add(next.tenantId);
    next.go();
  }

  async #turn(tenantId: string, gone: AbortSignal): Promise<void> {
    const { what, waitMs } = this.options;
    const refused = () =>
      new HttpProblem(503, 'TACTUS_QUERY_TIMEOUT', `${what}: others are at work; ask again`, {
        'retry-after': '2',
      });
    const ofTenant = this.#waiting.filter((one) => one.tenantId === tenantId).length;
    if (ofTenant >= MAX_WAITING_OF_TENANT || this.#waiting.length >= MAX_WAITING) throw refused();
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        this.#waiting = this.#waiting.filter((other) => other !== one);
        reject(refused());
      };
      const timer = setTimeout(leave, waitMs);
      gone.addEventListener('abort', leave, { once: true });
      const one: Waiting = {
        tenantId,
        go: () => {
          clearTimeout(timer);
          gone.removeEventListener('abort', leave);
          resolve();
        },
      };
      this.#waiting.push(one);
    });
  }
}
