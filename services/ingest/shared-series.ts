import { randomUUID } from 'node:crypto';
import { TactusError } from '../../shared/core/errors.js';
import { Lru } from '../../shared/core/lru.js';
import type { SeriesAnswer, SeriesReport, SeriesStore } from '../../shared/quotas/series-store.js';
import type { WithoutStore } from '../../shared/quotas/shared-quotas.js';
import type { PartitionSeries, Room, RoomRequest, SeriesRoom } from './live-series.js';

export interface SharedSeriesOptions {
  /** Null where instances do not count together. */
  readonly store: SeriesStore | null;
  readonly withoutStore: WithoutStore;
  /** Most series of a tenant, in all instances. */
  readonly limitOf: (tenant: string) => number;
  /** The store did not answer. */
  readonly failed: (error: unknown) => void;
  /** A new series was decided about without the store, though others may have some of its tenant. */
  readonly alone: () => void;
}

/** All partitions together may be so far ahead of what is counted, of the limit. */
const AHEAD = 1 / 100;
/** Tenants of a report: as many values are unpacked at once in the store. */
const MOST_TENANTS = 1_000;
/** Tenants without room that are remembered. */
const MAX_FULL = 10_000;

/** A partition that this process holds. */
interface Held {
  readonly token: string;
  readonly series: PartitionSeries;
  /** The store counts it. */
  begun: boolean;
  /** Another process has begun with it: this one is about to lose it. */
  taken: boolean;
  /** What the store counts of each tenant at least. */
  readonly claims: Map<string, number>;
  /** Tenants that it began with and of which no sum over all partitions has been seen since: it may be ahead already. */
  readonly unseen: Set<string>;
}

/** What a partition has stopped for. */
interface Wanted {
  readonly tenant: string;
  readonly weight: number;
  readonly limit: number;
}

/**
 * Counts series together with other instances, by partition. A partition may be a little ahead of what the store counts of it,
 * all of them together by a hundredth of the limit; beyond that the store is asked first, and grants nothing beyond the limit. What
 * partitions have that nobody holds for a while still counts, and whoever begins with one counts what it restores from its changelog.
 *
 * Who has all partitions needs no store. Without an answer, or before all partitions are counted, each instance lets in as
 * many as its part of the partitions is of all, everything, or nothing.
 */
export class SharedSeries implements SeriesRoom {
  /** The part of all partitions that this process has, of 1. */
  share = 1;
  /** Partitions that series come in, of all instances. */
  partitions = 1;
  #away = false;
  #counted = 0;
  readonly #held = new Map<number, Held>();
  readonly #wanted = new Map<number, Wanted>();
  /** Tenants without room, with the limit that they have reached. */
  readonly #full = new Lru<string, number>(MAX_FULL);

  /** @param holds the partitions of this process, as they are at the time */
  constructor(
    private readonly options: SharedSeriesOptions,
    private readonly holds: () => ReadonlyMap<number, PartitionSeries>,
  ) {}

  /** Whether it is known what all have: a decision counts for the tenant, and not for its part here. */
  get together(): boolean {
    return this.share === 1 || (!this.#isAway && !this.#incomplete);
  }

  decide(request: RoomRequest): Room {
    const { tenant, partition, weight, inPartition, inProcess, limit } = request;
    // Others may have more: it is full in any case.
    if (inProcess + weight > limit) return 'full';
    if (this.share === 1) return 'in';
    const held = this.#held.get(partition);
    const series = this.holds().get(partition);
    const isNew = held === undefined || held.series !== series;
    if (this.#isAway || (!isNew && (held.taken || (held.begun && this.#incomplete))))
      return this.#alone(request);
    if (!isNew && held.begun) {
      const claim = held.claims.get(tenant) ?? 0;
      if (inPartition + weight <= claim) return 'in';
      const full = this.#full.get(tenant);
      if (full !== undefined && limit <= full) return 'full';
      const ahead = Math.floor((limit * AHEAD) / Math.max(this.partitions, this.#counted));
      if (inPartition + weight <= claim + ahead && !held.unseen.has(tenant)) return 'in';
    }
    this.#wanted.set(partition, { tenant, weight, limit });
    return 'ask';
  }

  /** Asks for what a partition has stopped for. Afterwards it is decided, with or without the store. */
  async ask(partition: number): Promise<void> {
    const wanted = this.#wanted.get(partition);
    this.#wanted.delete(partition);
    if (wanted === undefined) return;
    const { tenant, weight, limit } = wanted;
    // A store that has lost its data knows the partition only after the second time.
    for (let times = 0; times < 2; times++) {
      const held = this.#hold(partition);
      if (held === null || held.taken) return;
      const { series, token } = held;
      const before = held.begun ? [] : this.#reportsOf(partition, held);
      const count = series.counts.get(tenant) ?? 0;
      const asked = {
        partition,
        token,
        begins: false,
        counts: [[tenant, count]] as const,
        need: weight,
        limit,
      };
      const answer = (await this.#report([...before, asked]))?.at(-1);
      // What was granted is used at once, and if not, given back.
      series.changed.add(tenant);
      if (answer?.outcome !== 'lost') return;
    }
    this.#away = true;
  }

  /**
   * Brings the store up to date, and what is known of it; to be called about once a second, and sooner as long as it gives
   * false: the store is there, and something of this process or of others is not counted yet.
   */
  async refresh(): Promise<boolean> {
    if (this.options.store === null) return true;
    const holds = this.holds();
    for (const [partition, { series }] of this.#held)
      if (holds.get(partition) !== series) this.#held.delete(partition);
    const reports: SeriesReport[] = [];
    for (const partition of holds.keys()) {
      const held = this.#hold(partition);
      if (held !== null && !held.taken) reports.push(...this.#reportsOf(partition, held));
    }
    if (reports.length > 0) await this.#report(reports);
    await this.#lookForRoom();
    return (
      this.#isAway ||
      (!this.#incomplete && [...this.#held.values()].every(({ begun, taken }) => begun || taken))
    );
  }

  get #isAway(): boolean {
    return this.#away || this.options.store === null || !this.options.store.ready;
  }

  /** Some partition is counted by nobody yet. */
  get #incomplete(): boolean {
    return this.#counted < this.partitions;
  }

  #alone({ inProcess, weight, limit }: RoomRequest): Room {
    const { withoutStore, alone } = this.options;
    alone();
    if (withoutStore === 'closed' && this.options.store !== null) return 'uncounted';
    if (withoutStore === 'open' && this.options.store !== null) return 'in';
    return inProcess + weight > Math.ceil(limit * this.share) ? 'full' : 'in';
  }

  #hold(partition: number): Held | null {
    const series = this.holds().get(partition);
    if (series === undefined) return null;
    const known = this.#held.get(partition);
    if (known?.series === series) return known;
    const held: Held = {
      ...{ token: randomUUID(), series, begun: false, taken: false },
      ...{ claims: new Map(), unseen: new Set<string>() },
    };
    this.#held.set(partition, held);
    return held;
  }

  /** What the store does not count yet of a partition: all of it, or what has changed. */
  #reportsOf(partition: number, held: Held): SeriesReport[] {
    const { series, token, claims, begun } = held;
    const tenants = [...(begun ? series.changed : series.counts.keys())];
    series.changed.clear();
    if (!begun) {
      claims.clear();
      for (const tenant of tenants) held.unseen.add(tenant);
    }
    const of = { partition, token, need: 0, limit: 0 };
    const reports: SeriesReport[] = [];
    for (let from = 0; from === 0 || from < tenants.length; from += MOST_TENANTS) {
      const counts = tenants.slice(from, from + MOST_TENANTS).map((tenant) => {
        const count = series.counts.get(tenant) ?? 0;
        // From now on the store may count no more.
        if (count < (claims.get(tenant) ?? 0)) claims.set(tenant, count);
        return [tenant, count] as const;
      });
      reports.push({ ...of, begins: !begun && from === 0, counts });
    }
    return reports;
  }

  /** Whether there is room again for tenants that had none. */
  async #lookForRoom(): Promise<void> {
    const [first] = [...this.#held].filter(([, { begun, taken }]) => begun && !taken);
    const full = [...this.#full.keys()];
    if (first === undefined || full.length === 0) return;
    const [partition, { token, series }] = first;
    for (let from = 0; from < full.length; from += MOST_TENANTS) {
      const tenants = full.slice(from, from + MOST_TENANTS);
      const counts = tenants.map((tenant) => [tenant, series.counts.get(tenant) ?? 0] as const);
      const of = { partition, token, begins: false, need: 0, limit: 0 };
      if ((await this.#report([{ ...of, counts }])) === null) return;
    }
  }

  /** Null when there is no answer. */
  async #report(reports: readonly SeriesReport[]): Promise<readonly SeriesAnswer[] | null> {
    const { store, failed } = this.options;
    try {
      if (store === null) return null;
      if (!store.ready) throw new TactusError('TACTUS_REDIS_UNAVAILABLE', 'there is no connection');
      const answers = await store.report(reports, this.partitions);
      this.#away = false;
      for (const [i, report] of reports.entries()) this.#counts(report, answers[i] as SeriesAnswer);
      return answers;
    } catch (error) {
      // Who has everything needs nobody.
      if (this.share < 1) failed(error);
      return this.#gone(reports);
    }
  }

  #counts({ partition, token, counts }: SeriesReport, answer: SeriesAnswer): void {
    const held = this.#held.get(partition);
    if (held?.token !== token) return;
    held.begun = answer.outcome === 'counted';
    held.taken = answer.outcome === 'taken';
    if (!held.begun) return;
    this.#counted = answer.partitions;
    for (const [i, [tenant, count]] of counts.entries()) {
      const claim = count + (i === 0 ? answer.granted : 0);
      if (claim === 0) held.claims.delete(tenant);
      else held.claims.set(tenant, claim);
      if (!this.#incomplete) held.unseen.delete(tenant);
      const limit = this.options.limitOf(tenant);
      if ((answer.totals[i] as number) < limit) this.#full.delete(tenant);
      else this.#full.set(tenant, limit);
    }
  }

  /** What was to be counted may not be. */
  #gone(reports: readonly SeriesReport[]): null {
    this.#away = true;
    for (const { partition } of reports) {
      const held = this.#held.get(partition);
      if (held !== undefined) held.begun = false;
    }
    return null;
  }
}
