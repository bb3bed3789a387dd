import type { Admin } from 'kafkajs';
import { createKafka, kafkaError } from '../../../shared/adapters/kafka/client.js';
import { splitMark } from '../../../shared/adapters/kafka/produce/commit-mark.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { readPosition } from '../../../shared/windows/position.js';
import type { TopicName } from '../../../topics/names.js';
import type { PartitionSnapshot } from './final-range.js';

/** Consumer groups of the windows and of the tables, without the prefix. */
const WINDOWING = 'windowing';
const DATABASE_SINK = 'sink-timescale';
/** Topics that the sink must have stored for a comparison. */
const STORED: readonly TopicName[] = ['metrics', 'windows', 'late'];

/** The logs at one moment, and the offsets that the sink reaches when it has stored them. */
export interface StreamSnapshot {
  readonly partitions: readonly PartitionSnapshot[];
  /** By topic and partition as in `metrics/0`. */
  readonly sinkOffsets: ReadonlyMap<string, number>;
}

/** Reads the progress of windowing and of the database's sink from their committed offsets. */
export class StreamOffsets {
  #admin: Admin | null = null;

  constructor(private readonly context: Pick<WorkerContext, 'config' | 'log'>) {}

  /**
   * A snapshot, read in this order: the ends of the logs of points, then windowing's commits, then the ends of the
   * logs of its outputs, which thus contain everything that it had committed.
   */
  async snapshot(): Promise<StreamSnapshot> {
    return await this.#withAdmin('reading the offsets of windowing', async (admin) => {
      const ends = await this.#ends(admin, 'metrics');
      const committed = await this.#committed(admin, WINDOWING, ['metrics']);
      const sinkOffsets = new Map<string, number>();
      const partitions = [...ends].map(([place, end]): PartitionSnapshot => {
        const checkpoint = committed.get(place);
        if (checkpoint === undefined) return { ...end, committed: null };
        const position = readPosition({ topic: 'metrics', partition: end.partition, checkpoint });
        sinkOffsets.set(place, position.next);
        return { ...end, committed: { offset: checkpoint.offset, position } };
      });
      for (const topic of ['windows', 'late'] as const)
        for (const [place, { low, high }] of await this.#ends(admin, topic))
          if (low < high) sinkOffsets.set(place, high);
      return { partitions, sinkOffsets };
    });
  }

  /** True when everything in the snapshot is in the database. */
  async stored({ sinkOffsets }: StreamSnapshot): Promise<boolean> {
    return await this.#withAdmin('reading the offsets of the sink', async (admin) => {
      const committed = await this.#committed(admin, DATABASE_SINK, STORED);
      return [...sinkOffsets].every(([place, offset]) => (committed.get(place)?.offset ?? 0) >= offset);
    });
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = null;
    await admin?.disconnect();
  }

  async #ends(admin: Admin, topic: TopicName): Promise<Map<string, Omit<PartitionSnapshot, 'committed'>>> {
    const offsets = await admin.fetchTopicOffsets(this.context.config.kafka.topicPrefix + topic);
    return new Map(
      offsets.map(({ partition, low, high }) => [
        `${topic}/${partition}`,
        { partition, low: Number(low), high: Number(high) },
      ]),
    );
  }

  async #committed(admin: Admin, group: string, topics: readonly TopicName[]) {
    const prefix = this.context.config.kafka.topicPrefix;
    const answer = await admin.fetchOffsets({
      groupId: prefix + group,
      topics: topics.map((topic) => prefix + topic),
    });
    const committed = new Map<string, { offset: number; metadata: string }>();
    for (const { topic, partitions } of answer)
      for (const { partition, offset, metadata } of partitions)
        if (Number(offset) >= 0)
          committed.set(`${topic.slice(prefix.length)}/${partition}`, {
            offset: Number(offset),
            metadata: splitMark(metadata ?? '').own,
          });
    return committed;
  }

  async #withAdmin<T>(doing: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      if (this.#admin === null) {
        const admin = createKafka(this.context).admin();
        await admin.connect();
        this.#admin = admin;
      }
      return await work(this.#admin);
    } catch (error) {
      // The next call uses a new client: the old one may not recover from a broker that was down.
      await this.close().catch((closing: unknown) =>
        this.context.log.debug({ error: closing }, 'closing the admin client'),
      );
      throw kafkaError(error, doing);
    }
  }
}
