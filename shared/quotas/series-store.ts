/** What one partition has of some tenants, to be counted with those of all others. */
export interface SeriesReport {
  /** Number of the partition, unique among all that series come in. */
  readonly partition: number;
  /** Of this holder of the partition: who had it before counts no more in it. */
  readonly token: string;
  /** Begins the partition: nothing that was counted in it before counts any more. */
  readonly begins: boolean;
  /** Series of tenants; 0 for none any more. */
  readonly counts: readonly (readonly [tenant: string, series: number])[];
  /** So much more is needed of the first of them, or as much of it as there is below the limit. */
  readonly need: number;
  /** Of that tenant. */
  readonly limit: number;
}

export interface SeriesAnswer {
  /** `lost`: the store does not know the partition; `taken`: another holder has begun with it. Nothing is counted then. */
  readonly outcome: 'counted' | 'lost' | 'taken';
  /** Partitions that are counted. */
  readonly partitions: number;
  /** Of the first tenant: what was granted of the need, and counts. */
  readonly granted: number;
  /** All series of each of the tenants, as far as they are counted. */
  readonly totals: readonly number[];
}

/** How many series tenants have in the partitions of all instances. */
export interface SeriesStore {
  /** Whether asking makes sense at all: false while there is no connection. */
  readonly ready: boolean;
  /**
   * Counts, one after the other.
   *
   * @param expected partitions that there are: nothing is granted as long as fewer are counted
   * @throws TactusError `TACTUS_REDIS_UNAVAILABLE`, also when there is no answer in time
   */
  report(reports: readonly SeriesReport[], expected: number): Promise<readonly SeriesAnswer[]>;
}
