import type { Millis } from '../../shared/core/clock.js';
import { type Cadence, isSilent } from '../../shared/detection/silence.js';

/** What is kept of one series. */
export interface SeriesEntry<State> {
  state: State;
  /** Start of the last window that was scored. */
  lastStart: Millis;
  readonly cadence: Cadence;
  /** Whether its silence was reported. */
  isSilent: boolean;
}

export type EvictionReason = 'idle' | 'limit' | 'group';

/**
 * The series of one partition, least recently scored first, bounded in number and in idle time.
 * A Map keeps the order of insertion: a series that is scored is taken out and put in again. Silent
 * ones, which are the oldest of all, stand apart, so that a search for new ones passes none of them.
 */
export class SeriesStore<State> {
  readonly #heard = new Map<string, SeriesEntry<State>>();
  readonly #silent = new Map<string, SeriesEntry<State>>();

  constructor(
    readonly maxSeries: number,
    readonly idleMs: Millis,
  ) {}

  get size(): number {
    return this.#heard.size + this.#silent.size;
  }

  get(identity: string): SeriesEntry<State> | undefined {
    return this.#heard.get(identity) ?? this.#silent.get(identity);
  }

  /** Puts the series last in the order of eviction. */
  set(identity: string, entry: SeriesEntry<State>): void {
    this.delete(identity);
    (entry.isSilent ? this.#silent : this.#heard).set(identity, entry);
  }

  delete(identity: string): void {
    this.#heard.delete(identity);
    this.#silent.delete(identity);
  }

  /** Series that have fallen silent by now; each is given once. */
  fallSilent(tick: number): (readonly [identity: string, entry: SeriesEntry<State>])[] {
    const found: (readonly [string, SeriesEntry<State>])[] = [];
    for (const [identity, entry] of this.#heard) {
      // All that follow were seen no longer ago.
      if (tick - entry.cadence.tick < SHORTEST_SILENCE) break;
      if (isSilent(entry.cadence, tick)) found.push([identity, entry]);
    }
    for (const [identity, entry] of found) {
      entry.isSilent = true;
      this.set(identity, entry);
    }
    return found;
  }

  /** Forgets series beyond the limit, and those idle at `newest`, the latest start seen. */
  evict(newest: Millis): { identity: string; reason: EvictionReason }[] {
    const gone: { identity: string; reason: EvictionReason }[] = [];
    for (const entries of [this.#silent, this.#heard])
      for (const [identity, entry] of entries) {
        const idle = entry.lastStart < newest - this.idleMs;
        if (!idle && this.size <= this.maxSeries) break;
        entries.delete(identity);
        gone.push({ identity, reason: idle ? 'idle' : 'limit' });
      }
    return gone;
  }
}

/** No cadence is so fast that fewer ticks are a silence. */
const SHORTEST_SILENCE = 9;
