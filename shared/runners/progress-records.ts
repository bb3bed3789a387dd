import { TactusError } from '../core/errors.js';
import type { OutputRecord } from '../core/output-batch.js';
import type { StageTime } from '../core/stage.js';
import type { LogSource } from '../ports/log.js';
import type { Logger } from '../process/logger.js';
import { encodeProgress } from '../wire/progress-record.js';
import type { OpenPartition } from './open-partition.js';
import type { TimeNotes } from './time-notes.js';

/** Readers forget a worker that is silent for an hour, and a claim may get lost on its way. */
const REPEAT_MS = 60_000;

type Ends = ReadonlyMap<string, ReadonlyMap<number, number>>;

/**
 * What a worker says in `state.progress` of its open partitions. It holds whoever owns them by then: all that a
 * partition has caused up to its time is written, and lies before the offsets that go with it.
 */
export class ProgressRecords {
  /** By physical topic and partition, the offset behind everything that was written of the open partitions. */
  readonly #ends = new Map<string, number[]>();
  /** Topics of which that has to be asked, and at which taking over. */
  readonly #unknown = new Map<string, number>();
  #takings = 0;
  /** As of the last commit. */
  readonly #times = new WeakMap<OpenPartition, StageTime>();
  /** By input, and when. */
  readonly #said = new Map<string, { readonly value: Buffer; readonly at: number }>();

  /**
   * @param prefix of physical topics
   * @param owner names the process in keys
   */
  constructor(
    private readonly notes: TimeNotes,
    private readonly prefix: string,
    private readonly owner: string,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  /** @param times of all partitions whose outputs up to then are visible now */
  committed(times: ReadonlyMap<OpenPartition, StageTime>, ends: Ends): void {
    for (const [partition, time] of times) this.#times.set(partition, time);
    for (const [topic, byPartition] of ends) this.lieBefore(topic, byPartition);
  }

  /** Partitions were taken over: where that ends which earlier owners have written is not known. */
  takenOver(): void {
    this.#takings += 1;
    for (const { output } of this.notes.inputs)
      if (output !== null) this.#unknown.set(this.prefix + output, this.#takings);
  }

  /**
   * Asks for what is not known, if anything. Until it is, nothing is said that depends on it: one partition of an
   * output that nobody leads keeps no input from being read.
   */
  async learn(reader: Pick<LogSource, 'ends'>, log: Logger): Promise<void> {
    for (const [topic, taking] of [...this.#unknown]) {
      try {
        this.lieBefore(topic, await reader.ends(topic));
        if (this.#unknown.get(topic) === taking) this.#unknown.delete(topic);
      } catch (error) {
        if (!(error instanceof TactusError)) throw error;
        log.warn({ error }, `asking for the ends of ${topic}: ${error.message}`);
      }
    }
  }

  /** Earlier owners of partitions that were taken over have written nothing at these offsets or behind. */
  lieBefore(topic: string, ends: ReadonlyMap<number, number>): void {
    const known = this.#ends.get(topic) ?? [];
    for (const [partition, end] of ends) known[partition] = Math.max(known[partition] ?? 0, end);
    this.#ends.set(topic, known);
  }

  /** Behind which earlier and own records of the output end, by partition; null while that is not known. */
  #upTo(output: string | null): readonly number[] | null {
    if (output === null) return [];
    const topic = this.prefix + output;
    return this.#unknown.has(topic) ? null : (this.#ends.get(topic) ?? null);
  }

  /**
   * What has changed since the last call, or was not said for a while, one record for each input at most. Where no
   * partition ever had a record nothing changes, and yet who begins to read must know.
   */
  take(open: ReadonlySet<OpenPartition>): OutputRecord[] {
    const records: OutputRecord[] = [];
    const now = this.monotonicMs();
    for (const input of this.notes.inputs) {
      const own = [...open].filter(({ name }) => name === input.input);
      const upTo = this.#upTo(input.output);
      if (own.length === 0 || upTo === null) continue;
      const times = new Map<OpenPartition, StageTime>();
      if (input.output !== null)
        for (const one of own) {
          const time = one.settled ? one.time() : this.#times.get(one);
          if (time !== null && time !== undefined) times.set(one, time);
        }
      const value = encodeProgress({
        note: this.notes.noteOf(input, times),
        output: input.output ?? '',
        upTo: Array.from(upTo, (end) => end ?? 0),
        committed: own
          .map(({ partition, committedPosition }) => ({ partition, ...committedPosition }))
          .toSorted((a, b) => a.partition - b.partition),
      });
      const said = this.#said.get(input.input);
      if (said?.value.equals(value) && now - said.at < REPEAT_MS) continue;
      this.#said.set(input.input, { value, at: now });
      records.push({ topic: 'state.progress', key: `${this.owner}|${input.input}`, value });
    }
    return records;
  }
}
