import { sleep } from '../../../shared/process/wait.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { allProcessed, type FinalRange, finalRangeOf } from './final-range.js';
import type { StreamSnapshot } from './stream-offsets.js';

const POLL_MS = 200;

/** Where the progress of the stream is read from; see `StreamOffsets`. */
export interface OffsetSource {
  snapshot(): Promise<StreamSnapshot>;
  stored(snapshot: StreamSnapshot): Promise<boolean>;
}

/**
 * Knows up to where windows can be compared: they are final, and they, their points and their late points
 * are stored. This follows from the offsets that workers have committed, never from a waiting time, so a
 * worker that lags or is down only delays the comparison.
 */
export class StreamProgress {
  #stored: StreamSnapshot | null = null;
  #pending: StreamSnapshot | null = null;

  constructor(
    private readonly source: OffsetSource,
    private readonly signal: AbortSignal,
  ) {}

  /** Checks how far the sink has come; cheap enough to be called regularly. */
  async advance(): Promise<void> {
    this.#pending ??= await this.source.snapshot();
    if (!(await this.source.stored(this.#pending))) return;
    this.#stored = this.#pending;
    this.#pending = null;
  }

  /** True once the sink has stored everything of some snapshot. */
  get known(): boolean {
    return this.#stored !== null;
  }

  /** Windows of the definition that can be compared now. */
  finalRange(definition: WindowDefinition): FinalRange {
    if (this.#stored === null) return { since: Number.POSITIVE_INFINITY, until: Number.NEGATIVE_INFINITY };
    return finalRangeOf(definition, this.#stored.partitions);
  }

  /**
   * Waits until everything that is now in `metrics` has been processed and the results are stored.
   *
   * @returns false when that takes longer than `ms`, or the signal aborts
   */
  async catchUp(ms: number): Promise<boolean> {
    const deadline = performance.now() + ms;
    const first = await this.source.snapshot();
    const ends = new Map(first.partitions.map(({ partition, high }) => [partition, high]));
    const processed = ({ partitions }: StreamSnapshot) =>
      allProcessed(partitions.map((one) => ({ ...one, high: ends.get(one.partition) ?? one.low })));
    let snapshot = first;
    while (!(processed(snapshot) && (await this.source.stored(snapshot)))) {
      if (this.signal.aborted || performance.now() > deadline) return false;
      await sleep(POLL_MS, this.signal);
      // Once everything is processed this snapshot is kept: a later one would need further records stored.
      if (!processed(snapshot)) snapshot = await this.source.snapshot();
    }
    this.#stored = snapshot;
    return true;
  }
}
