import type { DeadLetter } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import type { ErrorCode } from '../core/errors.js';
import { OutputBatch } from '../core/output-batch.js';
import type { RecordBatch } from '../core/record-batch.js';
import type { StateChange, StepResult } from '../core/stage.js';
import type { ValueEncoder } from '../ports/codec.js';
import type { RefusedRecord } from '../ports/log.js';
import { bareLetter, letterRecord, lettersOf } from './dead-letter-records.js';
import { eachLarge, inputOf, letterOfInput, letterOfOutput, type OutputOrigin } from './large-outputs.js';

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
  /** What goes to `dlq` in the place of large outputs that their topic does not take. */
  readonly #letters = new Map<OutputBatch, Map<number, DeadLetter>>();
  #outputRecords = 0;
  #bytes = 0;

  constructor(
    private readonly deadLetters: ValueEncoder<DeadLetter>,
    private readonly origin: OutputOrigin,
  ) {}

  add(result: StepResult<unknown>, batch: RecordBatch, now: number): void {
    this.since ??= now;
    this.hasOutput ||= result.outputs.length + result.changes.length + result.refusals.length > 0;
    this.#keep(result.outputs);
    eachLarge(result.outputs, (index) => {
      const input = inputOf(result.outputs, index, batch);
      if (input !== null)
        this.#remember(result.outputs, index, letterOfInput(batch, input, this.origin, now));
    });
    for (const change of result.changes) this.#change(change);
    const { refusals } = result;
    if (refusals.length === 0) return;
    this.#keepLetters(lettersOf(refusals, batch, this.origin, now));
    for (const { code } of refusals) this.refusalCodes.push(code);
  }

  /**
   * Puts a dead letter in the place of each output that Kafka does not take. For what has been cut off: nothing of it
   * is counted any more.
   *
   * @returns false when there is none for some of them, which are dead letters themselves
   */
  divert(refused: readonly RefusedRecord[], now: Millis): boolean {
    const letters = refused.map(({ batch, index, message }): DeadLetter | null => {
      const record = batch.record(index);
      const known = this.#letters.get(batch)?.get(index) ?? null;
      if (record.topic === 'dlq') return known;
      const letter = known ?? letterOfOutput(record, this.origin, now);
      return { ...letter, message: letter.message === '' ? message : `${message}; ${letter.message}` };
    });
    if (!letters.every((letter) => letter !== null)) return false;
    for (const { batch, index } of refused)
      if (batch.topics[index] !== 'dlq') this.refusalCodes.push('TACTUS_RECORD_UNWRITABLE');
    for (const [batch, records] of Map.groupBy(refused, ({ batch }) => batch))
      this.#drop(batch, new Set(records.map(({ index }) => index)));
    this.#keepLetters(letters);
    return true;
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

  #keepLetters(letters: readonly DeadLetter[]): void {
    const written = OutputBatch.of(letters.map((letter) => letterRecord(this.deadLetters, letter)));
    this.#keep(written);
    eachLarge(written, (index) => this.#remember(written, index, bareLetter(letters[index] as DeadLetter)));
  }

  #drop(batch: OutputBatch, indexes: ReadonlySet<number>): void {
    const before = this.#letters.get(batch) ?? new Map<number, DeadLetter>();
    this.#letters.delete(batch);
    for (const [index, letter] of before)
      if (!indexes.has(index))
        this.#remember(batch, index - [...indexes].filter((each) => each < index).length, letter);
    batch.drop(indexes);
  }

  #remember(batch: OutputBatch, index: number, letter: DeadLetter | null): void {
    if (letter === null) return;
    const letters = this.#letters.get(batch);
    if (letters === undefined) this.#letters.set(batch, new Map([[index, letter]]));
    else letters.set(index, letter);
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
