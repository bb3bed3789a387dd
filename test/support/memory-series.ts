import { TactusError } from '../../shared/core/errors.js';
import type { SeriesAnswer, SeriesReport, SeriesStore } from '../../shared/quotas/series-store.js';

/** Counts as Redis does, see `COUNT_SERIES`, and forgets nothing. */
export class MemorySeries implements SeriesStore {
  ready = true;
  /** It is connected, and does not answer. */
  hangs = false;
  asked = 0;
  readonly #partitions = new Map<number, { readonly token: string; readonly counts: Map<string, number> }>();

  /** Loses what it has. */
  lose(): void {
    this.#partitions.clear();
  }

  async report(reports: readonly SeriesReport[], expected: number): Promise<readonly SeriesAnswer[]> {
    await null;
    if (this.hangs) throw new TactusError('TACTUS_REDIS_UNAVAILABLE', 'no answer');
    this.asked += reports.length;
    return reports.map((report) => this.#one(report, expected));
  }

  #one({ partition, token, begins, counts, need, limit }: SeriesReport, expected: number): SeriesAnswer {
    if (begins) this.#partitions.set(partition, { token, counts: new Map() });
    const own = this.#partitions.get(partition);
    if (own?.token !== token) {
      const outcome = own === undefined ? 'lost' : 'taken';
      return { outcome, partitions: 0, granted: 0, totals: [] };
    }
    for (const [tenant, series] of counts)
      if (series === 0) own.counts.delete(tenant);
      else own.counts.set(tenant, series);
    const { size } = this.#partitions;
    const [first] = counts[0] ?? [];
    let granted = 0;
    if (need > 0 && first !== undefined && size >= expected) {
      granted = Math.max(0, Math.min(need, limit - this.total(first)));
      if (granted > 0) own.counts.set(first, (own.counts.get(first) ?? 0) + granted);
    }
    return {
      ...{ outcome: 'counted', partitions: size, granted },
      totals: counts.map(([tenant]) => this.total(tenant)),
    };
  }

  total(tenant: string): number {
    return [...this.#partitions.values()].reduce((sum, { counts }) => sum + (counts.get(tenant) ?? 0), 0);
  }
}
