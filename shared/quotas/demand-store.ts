import type { Millis } from '../core/clock.js';

/** What one instance is asked for, beside the others. */
export interface Demand {
  /** The part of all records that comes to it, of 1. */
  readonly part: number;
  /** What comes to it of tenants, in their limits: 1 is as much as the limit. */
  readonly tenants: readonly (readonly [tenant: string, demand: number])[];
}

/** Where instances say what they are asked for, and find what the others are. */
export interface DemandStore {
  /** Whether asking makes sense at all: false while there is no connection. */
  readonly ready: boolean;
  /**
   * @param own is forgotten after `keepMs`, or at once when it is null
   * @returns those of the others
   * @throws TactusError `TACTUS_REDIS_UNAVAILABLE`, also when there is no answer in time
   */
  exchange(instance: string, own: Demand | null, keepMs: Millis): Promise<readonly Demand[]>;
}
