import { TactusError } from '../../shared/core/errors.js';
import type { Demand, DemandStore } from '../../shared/quotas/demand-store.js';

/** Keeps demand as Redis does, by a clock that only the test moves. */
export class MemoryDemand implements DemandStore {
  ready = true;
  hangs = false;
  now = 0;
  readonly #demands = new Map<string, { readonly until: number; readonly demand: Demand }>();

  async exchange(instance: string, own: Demand | null, keepMs: number): Promise<readonly Demand[]> {
    await null;
    if (this.hangs) throw new TactusError('TACTUS_REDIS_UNAVAILABLE', 'no answer');
    if (own === null) this.#demands.delete(instance);
    else this.#demands.set(instance, { until: this.now + keepMs, demand: own });
    return [...this.#demands]
      .filter(([other, { until }]) => other !== instance && until > this.now)
      .map(([, { demand }]) => demand);
  }
}
