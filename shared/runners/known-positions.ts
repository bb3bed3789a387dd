import { TactusError } from '../core/errors.js';
import type { LogSource } from '../ports/log.js';
import type { Logger } from '../process/logger.js';
import { type CommittedPosition, decodeProgress } from '../wire/progress-record.js';
import { readPartition } from './read-partition.js';

const READ_MS = 10_000;

/** What the members of a group have said in `state.progress` of how far they have committed. */
export class KnownPositions {
  readonly #positions = new Map<string, CommittedPosition>();
  #topicId: string | null = null;
  #next = 0;
  #complete = false;
  #learning: Promise<void> = Promise.resolve();

  /**
   * @param topic `state.progress`, the physical name
   * @param group without the prefix
   * @param log says when the topic cannot be read, which keeps nobody from going on who has a committed offset
   */
  constructor(
    private readonly reader: LogSource,
    private readonly topic: string,
    private readonly group: string,
    private readonly signal: AbortSignal,
    private readonly log: Pick<Logger, 'warn'>,
  ) {}

  /** Reads what is new. What is asked of the group after that is no older. */
  learn(): Promise<void> {
    this.#learning = this.#learning.then(() => this.#learn());
    return this.#learning;
  }

  /** The last word on a partition of an input, the logical name; null without one. */
  of(input: string, partition: number): CommittedPosition | 'unknown' | null {
    const known = this.#positions.get(`${input}|${partition}`) ?? null;
    return known ?? (this.#complete ? null : 'unknown');
  }

  async #learn(): Promise<void> {
    try {
      await this.#read();
      this.#complete = true;
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      this.#complete = false;
      this.log.warn({ error }, `reading how far the group was: ${error.message}`);
    }
  }

  async #read(): Promise<void> {
    const range = await this.reader.range(this.topic, 0);
    const { topicId = null, end } = range;
    if (topicId !== this.#topicId) this.#next = 0;
    this.#topicId = topicId;
    const from = { start: Math.max(range.start, Math.min(this.#next, end)), end, topicId };
    this.#next = from.start;
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(READ_MS)]);
    for await (const batch of readPartition(this.reader, this.topic, 0, from, signal)) {
      for (let i = 0; i < batch.length; i++) this.#take(batch.value(i));
      this.#next = batch.nextOffset;
    }
    if (this.#next < end)
      throw new TactusError('TACTUS_KAFKA_UNAVAILABLE', `${this.topic} has not been read up to its end`);
  }

  /** The last word counts: an operator may have set a group back. */
  #take(value: Buffer | null): void {
    const record = value === null ? null : decodeProgress(value);
    if (record?.note.stage !== this.group) return;
    for (const one of record.committed) this.#positions.set(`${record.note.topic}|${one.partition}`, one);
  }
}
