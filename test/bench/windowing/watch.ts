import type { Kafka } from 'kafkajs';
import { type InternalCluster, openCluster } from '../../../shared/adapters/kafka/internals.js';
import { LogOffsets } from '../../../shared/adapters/kafka/log-offsets.js';

const POLL_MS = 10;
/** A topic that was just created may change its mind about its leader; a broker that is gone does not come back. */
const TRIES = 100;

interface Seen {
  readonly at: number;
  readonly ends: readonly number[];
}

/**
 * How far a reader of committed records can read a topic, over time: its last stable offsets, asked for
 * every 10 ms. Reading itself is left for later, so that watching costs the machine next to nothing.
 */
export class Watch {
  readonly #seen: Seen[] = [];
  #stopped = false;
  #failed: Error | null = null;
  #loop: Promise<void> = Promise.resolve();

  private constructor(
    private readonly cluster: InternalCluster,
    private readonly topic: string,
    private readonly partitions: number,
  ) {}

  /** Begins to watch; `from` is where the topic ends now. */
  static async start(kafka: Kafka, topic: string, partitions: number): Promise<Watch> {
    const cluster = openCluster(kafka);
    await cluster.connect();
    await cluster.addMultipleTargetTopics([topic]);
    const watch = new Watch(cluster, topic, partitions);
    await watch.#look();
    watch.#loop = watch.#run();
    return watch;
  }

  get from(): readonly number[] {
    return (this.#seen[0] as Seen).ends;
  }

  /**
   * Offsets that were added since the start: records, and the marks that end transactions.
   *
   * @throws Error when the broker does not answer any more
   */
  get added(): number {
    if (this.#failed !== null) throw this.#failed;
    const { from } = this;
    return this.#last.ends.reduce((sum, end, partition) => sum + end - (from[partition] ?? 0), 0);
  }

  /** When the topic last grew, in ms since the epoch. */
  get changedAt(): number {
    return this.#last.at;
  }

  /** When all these offsets could be read, in ms since the epoch; null when they cannot be yet. */
  readableAt(offsets: readonly number[]): number | null {
    return this.#seen.find(({ ends }) => offsets.every((offset, p) => offset < (ends[p] ?? 0)))?.at ?? null;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    await this.cluster.disconnect();
  }

  get #last(): Seen {
    return this.#seen.at(-1) as Seen;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopped) {
        await this.#look();
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    } catch (error) {
      this.#failed = error as Error;
    }
  }

  async #look(): Promise<void> {
    for (let left = TRIES; ; left--) {
      try {
        if (left < TRIES) await this.cluster.refreshMetadata();
        return await this.#ask();
      } catch (error) {
        if (left === 0 || this.#stopped) throw error;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  async #ask(): Promise<void> {
    const partitions = Array.from({ length: this.partitions }, (_, partition) => partition);
    const found = await new LogOffsets(this.cluster).ends(this.topic, partitions);
    const ends = partitions.map((partition) => found.get(partition) ?? 0);
    const before = this.#seen.at(-1);
    if (before === undefined || ends.some((end, p) => end !== before.ends[p]))
      this.#seen.push({ at: Date.now(), ends });
  }
}
