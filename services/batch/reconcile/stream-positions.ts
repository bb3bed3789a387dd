import type { Admin } from 'kafkajs';
import { createKafka, kafkaError } from '../../../shared/adapters/kafka/client.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { readPosition } from '../../../shared/windows/position.js';
import type { TopicName } from '../../../topics/names.js';
import type { PartitionCut } from './settled.js';

/** The consumer groups whose offsets say how far the windows and the tables have come, without the prefix. */
const WINDOWING = 'windowing';
const DATABASE_SINK = 'sink-timescale';
/** What the sink must have stored for a comparison. */
const STORED: readonly TopicName[] = ['metrics', 'windows', 'late'];

/** The log as it was at one moment, and how far the sink has to come to have stored it. */
export interface StreamCut {
  readonly partitions: readonly PartitionCut[];
  /** Per topic and partition, `metrics/0`, the offset that the sink must have reached. */
  readonly needs: ReadonlyMap<string, number>;
}

/** Reads how far windowing and the database's sink have come, from the offsets that they committed. */
export class StreamPositions {
  #admin: Admin | null = null;

  constructor(private readonly context: Pick<WorkerContext, 'config' | 'log'>) {}

  /**
   * A cut, taken in the order that makes it safe: first where the logs of points end, then what windowing has
   * committed, then where the logs of its outputs end, which thus hold all that it had committed.
   */
  async cut(): Promise<StreamCut> {
    return await this.#ask('asking how far the windows are', async (admin) => {
      const ends = await this.#ends(admin, 'metrics');
      const committed = await this.#committed(admin, WINDOWING, ['metrics']);
      const needs = new Map<string, number>();
      const partitions = [...ends].map(([place, end]): PartitionCut => {
        const checkpoint = committed.get(place);
        if (checkpoint === undefined) return { ...end, committed: null };
        const position = readPosition(checkpoint);
        needs.set(place, position.next);
        return { ...end, committed: { offset: checkpoint.offset, position } };
      });
      for (const topic of ['windows', 'late'] as const)
        for (const [place, { low, high }] of await this.#ends(admin, topic))
          if (low < high) needs.set(place, high);
      return { partitions, needs };
    });
  }

  /** True when all that the cut needs is in the database. */
  async stored({ needs }: StreamCut): Promise<boolean> {
    return await this.#ask('asking how far the sink is', async (admin) => {
      const committed = await this.#committed(admin, DATABASE_SINK, STORED);
      return [...needs].every(([place, offset]) => (committed.get(place)?.offset ?? 0) >= offset);
    });
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = null;
    await admin?.disconnect();
  }

  async #ends(admin: Admin, topic: TopicName): Promise<Map<string, Omit<PartitionCut, 'committed'>>> {
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
            metadata: metadata ?? '',
          });
    return committed;
  }

  async #ask<T>(doing: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      if (this.#admin === null) {
        const admin = createKafka(this.context).admin();
        await admin.connect();
        this.#admin = admin;
      }
      return await work(this.#admin);
    } catch (error) {
      // Made anew the next time: a client does not always find its way back to a broker that was away.
      await this.close().catch((closing: unknown) =>
        this.context.log.debug({ error: closing }, 'closing the admin client'),
      );
      throw kafkaError(error, doing);
    }
  }
}
