import type { TopicName } from '../../topics/names.js';
import type { Millis } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
import type { LogSource } from '../ports/log.js';
import type { Logger } from '../process/logger.js';
import { sleep } from '../process/wait.js';
import type { PipelineTelemetry } from './telemetry.js';

/** An end of a log that is older than this is asked for. */
const EVERY_MS: Millis = 1_000;

/** Where a log ended, and when that was said, by the monotonic clock. */
export interface KnownEnd {
  readonly end: number;
  readonly answeredAt: number;
}

/** A partition that this process has of a group. */
interface Place {
  /** Physical topic. */
  readonly topic: string;
  /** Logical topic. */
  readonly name: TopicName;
  readonly partition: number;
}

/** How far a group is from the end of one partition. */
export class PartitionLag {
  #finished: (() => number) | null = null;
  #read: KnownEnd | null = null;
  #asked: KnownEnd = { end: 0, answeredAt: Number.NEGATIVE_INFINITY };

  /** @param close ends what is said of the partition */
  constructor(
    readonly place: Place,
    readonly close: () => void,
  ) {}

  /**
   * The partition is at work, or about to be.
   *
   * @param finished the first offset that the group has yet to finish: what is read, and not committed, is not finished
   * @param read what its reader knows of the end, where it has one
   */
  follow(finished: () => number, read: KnownEnd | null = null): void {
    this.#finished = finished;
    this.#read = read;
  }

  /** Nothing more is finished, until it is followed again; what is behind it goes on growing. */
  hold(): void {
    const finished = this.#finished?.() ?? null;
    const { end, answeredAt } = this.known;
    this.ended(end, answeredAt);
    this.#read = null;
    this.#finished = finished === null ? null : () => finished;
  }

  ended(end: number, answeredAt: number): void {
    this.#asked = { end, answeredAt };
  }

  get known(): KnownEnd {
    return this.#read !== null && this.#read.answeredAt > this.#asked.answeredAt ? this.#read : this.#asked;
  }

  /** Null until it is known where the group stands. */
  get records(): number | null {
    const { end, answeredAt } = this.known;
    if (this.#finished === null || answeredAt === Number.NEGATIVE_INFINITY) return null;
    return Math.max(0, end - this.#finished());
  }
}

/**
 * The lags of all partitions that this process has of a group, whatever these wait for: a partition with no room for more
 * records is not read, and its log grows meanwhile, so that its end is asked for.
 */
export class GroupLags {
  readonly #partitions = new Set<PartitionLag>();
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;

  /** @param options.group without the prefix */
  constructor(
    private readonly options: {
      readonly group: string;
      readonly reader: Pick<LogSource, 'ends'>;
      readonly telemetry: Pick<PipelineTelemetry, 'watchLag'>;
      readonly log: Pick<Logger, 'debug'>;
      readonly everyMs?: Millis;
    },
  ) {
    this.#running = this.#run(options.everyMs ?? EVERY_MS);
  }

  /** From when the partition is assigned until it is given up. */
  open(place: Place): PartitionLag {
    const { group, telemetry } = this.options;
    const lag = new PartitionLag(place, () => {
      this.#partitions.delete(lag);
      unwatch();
    });
    const labels = { group, topic: place.name, partition: place.partition };
    const unwatch = telemetry.watchLag(labels, () => lag.records);
    this.#partitions.add(lag);
    return lag;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(everyMs: Millis): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await sleep(everyMs, signal);
      const since = performance.now() - everyMs;
      const old = [...this.#partitions].filter(({ known }) => known.answeredAt < since);
      const byTopic = Map.groupBy(old, ({ place }) => place.topic);
      await Promise.all([...byTopic].map(([topic, lags]) => this.#ask(topic, lags)));
    }
  }

  /** Without an answer the last one stands. */
  async #ask(topic: string, lags: readonly PartitionLag[]): Promise<void> {
    const { reader, log } = this.options;
    const askedAt = performance.now();
    try {
      const ends = await reader.ends(
        topic,
        lags.map(({ place }) => place.partition),
      );
      for (const lag of lags) {
        const end = ends.get(lag.place.partition);
        if (end !== undefined && lag.known.answeredAt < askedAt) lag.ended(end, askedAt);
      }
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      log.debug({ error, topic }, 'asking how far a group is behind');
    }
  }
}
