import type { Millis } from '../../shared/core/clock.js';

/** What is kept of one series. */
export interface SeriesEntry<State> {
  state: State;
  /** Start of the last window that was scored. */
  lastStart: Millis;
}

export type EvictionReason = 'idle' | 'limit';

const VERSION = 1;
const HEADER = 9;

/**
 * The series of one partition, least recently scored first, bounded in number and in idle time.
 * A Map keeps the order of insertion: a series that is scored is taken out and put in again.
 */
export class SeriesStore<State> {
  readonly #entries = new Map<string, SeriesEntry<State>>();

  constructor(
    readonly maxSeries: number,
    readonly idleMs: Millis,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  get(identity: string): SeriesEntry<State> | undefined {
    return this.#entries.get(identity);
  }

  /** Puts the series last in the order of eviction. */
  set(identity: string, entry: SeriesEntry<State>): void {
    this.#entries.delete(identity);
    this.#entries.set(identity, entry);
  }

  delete(identity: string): void {
    this.#entries.delete(identity);
  }

  /** Forgets series beyond the limit, and those idle at `newest`, the latest start seen. */
  evict(newest: Millis): { identity: string; reason: EvictionReason }[] {
    const gone: { identity: string; reason: EvictionReason }[] = [];
    for (const [identity, entry] of this.#entries) {
      const idle = entry.lastStart < newest - this.idleMs;
      if (!idle && this.#entries.size <= this.maxSeries) break;
      this.#entries.delete(identity);
      gone.push({ identity, reason: idle ? 'idle' : 'limit' });
    }
    return gone;
  }
}

/** Layout of a changelog value: version u8, start of the last window f64, then the detector's own bytes. */
export function saveEntry(lastStart: Millis, detectorState: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + detectorState.length);
  bytes[0] = VERSION;
  bytes.writeDoubleLE(lastStart, 1);
  detectorState.copy(bytes, HEADER);
  return bytes;
}

/** Null for bytes of another version. */
export function loadEntry(bytes: Buffer): { lastStart: Millis; detectorState: Buffer } | null {
  if (bytes.length < HEADER || bytes[0] !== VERSION) return null;
  return { lastStart: bytes.readDoubleLE(1), detectorState: bytes.subarray(HEADER) };
}
