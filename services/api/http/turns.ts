import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';

export interface TurnsOptions {
  /** What is at work, in words, and what bounds it, for who is refused. */
  readonly what: string;
  /** Most at once. */
  readonly most: number;
  /** Most at once of one tenant, so that none keeps the others waiting. */
  readonly mostOfTenant: number;
  readonly waitMs: Millis;
}

interface Waiting {
  readonly tenantId: string;
  readonly go: () => void;
}

/** Of one tenant, and of all; each holds a request in memory. */
const MAX_WAITING_OF_TENANT = 64;
const MAX_WAITING = 512;

/** Bounds how much of what is expensive is at work at once, in one process of the API; tenants take turns. */
export class Turns {
  readonly #running = new Map<string, number>();
  #count = 0;
  #waiting: Waiting[] = [];

  constructor(private readonly options: TurnsOptions) {}

  /**
   * Does the work when it is its turn.
   *
   * @param gone ends the waiting
   * @throws TactusError `TACTUS_QUERY_TIMEOUT` where others wait or work for too long: the same request works later
   */
  async take<T>(tenantId: string, gone: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (gone.aborted) throw this.#refused('the client has gone');
    if (this.#isFree(tenantId)) this.#begin(tenantId);
    else await this.#turn(tenantId, gone);
    try {
      return await work();
    } finally {
      this.#end(tenantId);
    }
  }

  #isFree(tenantId: string): boolean {
    const { most, mostOfTenant } = this.options;
    return this.#count < most && (this.#running.get(tenantId) ?? 0) < mostOfTenant;
  }

  #begin(tenantId: string): void {
    this.#count += 1;
    this.#running.set(tenantId, (this.#running.get(tenantId) ?? 0) + 1);
  }

  /** The place is handed on, so that nobody who comes meanwhile takes it. */
  #end(tenantId: string): void {
    this.#count -= 1;
    const left = (this.#running.get(tenantId) ?? 1) - 1;
    if (left > 0) this.#running.set(tenantId, left);
    else this.#running.delete(tenantId);
    const next = this.#waiting.find((one) => this.#isFree(one.tenantId));
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((one) => one !== next);
    this.#begin(next.tenantId);
    next.go();
  }

  async #turn(tenantId: string, gone: AbortSignal): Promise<void> {
    const { waitMs } = this.options;
    const ofTenant = this.#waiting.filter((one) => one.tenantId === tenantId).length;
    if (ofTenant >= MAX_WAITING_OF_TENANT || this.#waiting.length >= MAX_WAITING)
      throw this.#refused('too many wait already');
    await new Promise<void>((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        gone.removeEventListener('abort', left);
      };
      const leave = (why: string) => {
        done();
        this.#waiting = this.#waiting.filter((other) => other !== one);
        reject(this.#refused(why));
      };
      const left = () => leave('the client has gone');
      const timer = setTimeout(() => leave(`others were at work for ${waitMs} ms`), waitMs);
      gone.addEventListener('abort', left, { once: true });
      const one: Waiting = {
        tenantId,
        go: () => {
          done();
          resolve();
        },
      };
      this.#waiting.push(one);
    });
  }

  #refused(why: string): TactusError {
    return new TactusError('TACTUS_QUERY_TIMEOUT', `${this.options.what}: ${why}; ask again`);
  }
}
