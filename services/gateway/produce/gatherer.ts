import type { Millis } from '../../../shared/core/clock.js';
import type { TactusError } from '../../../shared/core/errors.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { BatchProducer, BatchResult } from '../../../shared/ports/log.js';

export interface GathererOptions {
  readonly producer: Pick<BatchProducer, 'write'>;
  /** How long the first request waits for others. */
  readonly lingerMs: Millis;
  /** From so many bytes on nobody waits for others. */
  readonly maxBatchBytes: number;
  /** Is called after each produce of so many records. */
  readonly produced?: (result: BatchResult, records: number) => void;
}

/** What became of one request's records. */
export interface Written {
  /** Why not all of its records are acknowledged; null when they are. Those that are not may be written all the same. */
  readonly error: TactusError | null;
  /** By the place of a record in the request: why the broker does not take it, whatever else it is sent with. */
  readonly refused: ReadonlyMap<number, string>;
  /** How many of its records the broker does not take, or has not acknowledged. */
  readonly missing: number;
  readonly waitedMs: number;
  readonly producedMs: number;
}

interface Waiting {
  readonly start: number;
  readonly end: number;
  readonly since: number;
  readonly resolve: (written: Written) => void;
}

const NONE: ReadonlyMap<number, string> = new Map();
const NOTHING: Written = { error: null, refused: NONE, missing: 0, waitedMs: 0, producedMs: 0 };

/**
 * Gathers the records of requests into few large produces, one after the other. While one is under way, or for as long as
 * the linger lasts, what comes joins the next. Who calls bounds what is gathered.
 */
export class Gatherer {
  #batch = new OutputBatch();
  #spare: OutputBatch | null = null;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending = false;
  #draining = false;
  #idle: (() => void) | null = null;

  constructor(private readonly options: GathererOptions) {}

  /**
   * Resolves when the records are acknowledged that `fill` has added, or when they are given up. What `fill` throws is
   * thrown at once, and nothing that it added before is written.
   */
  write(fill: (batch: OutputBatch) => void): Promise<Written> {
    const batch = this.#batch;
    const start = batch.length;
    try {
      fill(batch);
    } catch (error) {
      if (batch.length > start)
        batch.drop(new Set(Array.from({ length: batch.length - start }, (_, i) => start + i)));
      throw error;
    }
    const end = batch.length;
    if (end === start) return Promise.resolve(NOTHING);
    return new Promise((resolve) => {
      this.#waiting.push({ start, end, since: performance.now(), resolve });
      this.#schedule();
    });
  }

  /** Resolves when everything is written or given up that was added; nothing lingers any more. */
  async drain(): Promise<void> {
    this.#draining = true;
    if (!this.#sending && this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#sending) return;
    const { lingerMs, maxBatchBytes } = this.options;
    const left = lingerMs - (performance.now() - (this.#waiting[0] as Waiting).since);
    if (this.#draining || left <= 0 || this.#batch.bytes >= maxBatchBytes) void this.#send();
    else this.#timer ??= setTimeout(() => void this.#send(), left);
  }

  async #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#batch;
    const waiting = this.#waiting;
    this.#batch = this.#spare ?? new OutputBatch();
    this.#spare = null;
    this.#waiting = [];
    this.#sending = true;
    const began = performance.now();
    const result = await this.options.producer.write(batch);
    this.#sending = false;
    const producedMs = performance.now() - began;
    const records = batch.length;
    batch.clear();
    this.#spare = batch;
    this.options.produced?.(result, records);
    for (const { start, end, since, resolve } of waiting)
      resolve({ ...partOf(result, start, end), waitedMs: began - since, producedMs });
    if (this.#waiting.length > 0) this.#schedule();
    else this.#idle?.();
  }
}

function partOf(
  { missing, refused, error }: BatchResult,
  start: number,
  end: number,
): Pick<Written, 'error' | 'refused' | 'missing'> {
  if (error === null) return NOTHING;
  let count = 0;
  const own = new Map<number, string>();
  for (let i = start; i < end; i++) {
    if (!missing.has(i)) continue;
    count += 1;
    const why = refused.get(i);
    if (why !== undefined) own.set(i - start, why);
  }
  return count === 0 ? NOTHING : { error, refused: own, missing: count };
}
