import type { DeadLetter } from '../../schemas/types.js';
import type { ErrorCode } from '../core/errors.js';
import { OutputBatch } from '../core/output-batch.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { StateChange, StepResult } from '../core/stage.js';
import type { ValueEncoder } from '../ports/codec.js';
import { deadLetterRecords, type RefusalOrigin } from './dead-letter-records.js';

/** What the next commit will contain of one partition. It is kept until that commit's outcome is known. */
export class PendingCommit {
  readonly outputs: OutputBatch[] = [];
  /** Only the latest change of a key goes into the log. */
  readonly #changes = new Map<string, Buffer | null>();
  /** One for each refusal. */
  readonly refusalCodes: ErrorCode[] = [];
  /** Time of the oldest uncommitted step; null when there is none. */
  since: number | null = null;
  /** Some step has something to write besides the offset. */
  hasOutput = false;
  /** Input batches whose memory the outputs refer to. */
  readonly #inputs: RecordBatch[] = [];
  #outputRecords = 0;
  #bytes = 0;

  constructor(
    private readonly deadLetters: ValueEncoder<DeadLetter>,
    private readonly origin: RefusalOrigin,
  ) {}

  add(result: StepResult<unknown>, batch: RecordBatch, now: number): void {
    this.since ??= now;
    this.hasOutput ||= result.outputs.length + result.changes.length + result.refusals.length > 0;
    this.#keep(result.outputs);
    for (const change of result.changes) this.#change(change);
    const { refusals } = result;
    if (refusals.length === 0) return;
    this.#keep(OutputBatch.of(deadLetterRecords(this.deadLetters, this.origin, refusals, batch, now)));
    for (const { code } of refusals) this.refusalCodes.push(code);
  }

  /** Frees the memory of a processed batch: at once, or after the commit if outputs refer to it. */
  releaseInput(result: StepResult<unknown>, batch: RecordBatch): void {
    batch.release?.();
    if (refersTo(result, batch)) this.#inputs.push(batch);
    else batch.recycle?.();
  }

  /** Records to write, those of the changelog among them. */
  get records(): number {
    return this.#outputRecords + this.#changes.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The latest change of each key, in the order of these. */
  get changes(): readonly StateChange[] {
    return Array.from(this.#changes, ([key, value]) => ({ key, value }));
  }

  /** To be called when it is committed, or never will be; a second call does nothing. Frees the memory of outputs and input batches. */
  recycle(): void {
    for (const output of this.outputs.splice(0)) output.clear();
    for (const batch of this.#inputs.splice(0)) batch.recycle?.();
  }

  #change({ key, value }: StateChange): void {
    this.#bytes += (value?.length ?? 0) - (this.#changes.get(key)?.length ?? 0);
    this.#changes.delete(key);
    this.#changes.set(key, value);
  }

  #keep(outputs: OutputBatch): void {
    if (outputs.length === 0) return;
    this.outputs.push(outputs);
    this.#outputRecords += outputs.length;
    this.#bytes += outputs.bytes;
  }
}

/** Whether outputs or changes of a step refer to the memory of its input batch; dead letters hold copies. */
export function refersTo({ outputs, changes }: StepResult<unknown>, batch: RecordBatch): boolean {
  const memory = new Set(batch.segments.map(({ bytes }) => bytes.buffer));
  const within = (parts: readonly (Buffer | null)[]) => {
    let before: Buffer | null = null;
    for (const part of parts) {
      // Consecutive parts are mostly in the same buffer.
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
