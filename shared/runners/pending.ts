import type { DeadLetter } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { deadLetter } from '../core/dead-letter.js';
import type { ErrorCode } from '../core/errors.js';
import { OutputBatch } from '../core/output-batch.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { Refusal, StateChange, StepResult } from '../core/stage.js';
import type { ValueEncoder } from '../ports/codec.js';

/** Commits early at these bounds, so that a transaction, and the memory that it takes, stay small. */
const MAX_RECORDS = 50_000;
const MAX_BYTES = 8_388_608;
const OFFSET_ALONE_MS = 1_000;

/** What one commit is going to hold. */
export class Pending {
  readonly outputs: OutputBatch[] = [];
  /** Only the latest of a key goes into the log. */
  readonly #changes = new Map<string, Buffer | null>();
  /** Of the refusals. */
  readonly codes: ErrorCode[] = [];
  /** When the oldest uncommitted step was made; null when there is none. */
  since: number | null = null;
  /** Some step has something to write. */
  #shows = false;
  /** What was read by steps whose outputs are places in it. */
  readonly #read: RecordBatch[] = [];
  #records = 0;
  #bytes = 0;

  /**
   * @param origin of dead letters: the worker's name and the physical topic
   * @param lastCommit when the commit before began
   */
  constructor(
    private readonly letters: ValueEncoder<DeadLetter>,
    private readonly origin: { worker: string; topic: string },
    private readonly lastCommit: Millis,
  ) {}

  add(result: StepResult<unknown>, batch: RecordBatch, now: number): void {
    this.since ??= now;
    this.#shows ||= result.outputs.length + result.changes.length + result.refusals.length > 0;
    this.#keep(result.outputs);
    for (const change of result.changes) this.#change(change);
    if (result.refusals.length > 0) this.#keep(this.#lettersOf(result.refusals, batch, now));
  }

  /** A step needs its batch no longer: its memory is free, at once or when what may be places in it is committed. */
  stepped(result: StepResult<unknown>, batch: RecordBatch): void {
    batch.release?.();
    if (refersTo(result, batch)) this.#read.push(batch);
    else batch.recycle?.();
  }

  /**
   * In how many milliseconds a commit is due; infinite when nothing was done. What there is to show
   * waits for nothing but the one before it having begun `intervalMs` ago. A step that only moves the
   * offset waits longer: nobody sees it, and a transaction costs the broker as much as one with records.
   */
  dueIn(now: number, intervalMs: number): number {
    if (this.since === null) return Number.POSITIVE_INFINITY;
    if (this.#records + this.#changes.size >= MAX_RECORDS || this.#bytes >= MAX_BYTES) return 0;
    const alone = this.since + Math.max(intervalMs, OFFSET_ALONE_MS) - now;
    if (!this.#shows) return Math.max(0, alone);
    // A clock that was set back makes nothing wait longer than it would have.
    return Math.max(0, Math.min(alone, intervalMs, this.lastCommit + intervalMs - now));
  }

  /** One for each key, in the order in which they were last changed. */
  get changes(): readonly StateChange[] {
    return Array.from(this.#changes, ([key, value]) => ({ key, value }));
  }

  /** All of it was committed: the memory of what was read is free. */
  recycle(): void {
    for (const batch of this.#read) batch.recycle?.();
  }

  #change({ key, value }: StateChange): void {
    this.#bytes += (value?.length ?? 0) - (this.#changes.get(key)?.length ?? 0);
    this.#changes.delete(key);
    this.#changes.set(key, value);
  }

  #keep(outputs: OutputBatch): void {
    if (outputs.length === 0) return;
    this.outputs.push(outputs);
    this.#records += outputs.length;
    this.#bytes += outputs.bytes;
  }

  #lettersOf(refusals: readonly Refusal[], batch: RecordBatch, now: number): OutputBatch {
    const { worker, topic } = this.origin;
    const outputs = new OutputBatch();
    for (const refusal of refusals) {
      const letter = deadLetter(batch, refusal, worker, topic, now);
      outputs.add({ topic: 'dlq', key: letter.key, value: this.letters.encode(letter) });
      this.codes.push(refusal.code);
    }
    return outputs;
  }
}

/** Whether something of what a step gave is a place in the memory of its batch; dead letters hold copies. */
export function refersTo({ outputs, changes }: StepResult<unknown>, batch: RecordBatch): boolean {
  const memory = new Set(batch.segments.map(({ bytes }) => bytes.buffer));
  const within = (parts: readonly (Buffer | null)[]) => {
    let before: Buffer | null = null;
    for (const part of parts) {
      // Most are in the buffer that the one before is in.
      if (part === before || part === null) continue;
      if (memory.has(part.buffer)) return true;
      before = part;
    }
    return false;
  };
  return (
    within(outputs.values) ||
    within(outputs.keys) ||
    within(outputs.headers) ||
    changes.some(({ value }) => value !== null && memory.has(value.buffer))
  );
}
