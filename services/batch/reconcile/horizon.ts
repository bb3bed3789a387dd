import { sleep } from '../../../shared/process/wait.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { allProcessed, type Settled, settledOf } from './settled.js';
import type { StreamCut } from './stream-positions.js';

const POLL_MS = 200;

/** What the horizon asks the stream; see `StreamPositions`. */
export interface Positions {
  cut(): Promise<StreamCut>;
  stored(cut: StreamCut): Promise<boolean>;
}

/**
 * Knows up to where windows can be judged: they are final, and they, their points and their late points are
 * stored. It follows from what the workers have committed, never from a waiting time, so a worker that lags or is down
 * only makes the judgement later.
 */
export class Horizon {
  #reached: StreamCut | null = null;
  #pending: StreamCut | null = null;

  constructor(
    private readonly positions: Positions,
    private readonly signal: AbortSignal,
  ) {}

  /** Looks how far the sink has come; cheap, to be called now and then. */
  async advance(): Promise<void> {
    this.#pending ??= await this.positions.cut();
    if (!(await this.positions.stored(this.#pending))) return;
    this.#reached = this.#pending;
    this.#pending = null;
  }

  /** True when anything is known at all. */
  get reached(): boolean {
    return this.#reached !== null;
  }

  /** What can be judged of a definition now. */
  settled(definition: WindowDefinition): Settled {
    if (this.#reached === null) return { since: Number.POSITIVE_INFINITY, until: Number.NEGATIVE_INFINITY };
    return settledOf(definition, this.#reached.partitions);
  }

  /**
   * Waits until everything that is in `metrics` now has been processed and what came of it is stored.
   *
   * @returns false when that took longer than `ms`, or the signal aborted
   */
  async catchUp(ms: number): Promise<boolean> {
    const deadline = performance.now() + ms;
    const begun = await this.positions.cut();
    const ends = new Map(begun.partitions.map(({ partition, high }) => [partition, high]));
    const processed = (cut: StreamCut) =>
      allProcessed(cut.partitions.map((one) => ({ ...one, high: ends.get(one.partition) ?? one.low })));
    let cut = begun;
    while (!(processed(cut) && (await this.positions.stored(cut)))) {
      if (this.signal.aborted || performance.now() > deadline) return false;
      await sleep(POLL_MS, this.signal);
      // Once everything is processed this cut will do: a later one would always want a little more.
      if (!processed(cut)) cut = await this.positions.cut();
    }
    this.#reached = cut;
    return true;
  }
}
