import type { Kafka } from 'kafkajs';
import type { Millis } from '../../../core/clock.js';
import { partitionKey } from '../../../core/partition-key.js';
import type { Logger } from '../../../process/logger.js';
import { kafkaError } from '../client.js';
import { partitionsOf, requireLeader } from '../cluster-metadata.js';
import { openCluster } from '../internals.js';
import { Brokers } from '../produce/brokers.js';
import { requireSuccess, UNKNOWN_TOPIC_OR_PARTITION } from '../protocol/answers.js';
import { describeGroup, type GroupDescription } from '../protocol/describe-group.js';
import {
  type AskedPartition,
  EARLIEST,
  LATEST,
  listOffsets,
  offsetsAt,
  type TimedOffset,
} from '../protocol/list-offsets.js';
import { type CommittedOffset, offsetFetch } from '../protocol/offset-fetch.js';
import type { PartsRequest } from '../protocol/requests.js';

/** For all attempts of one request. */
const ASK_MS: Millis = 5_000;

/** Of a physical topic. */
export interface FlowPlace {
  readonly topic: string;
  readonly partition: number;
}

/** The first record at a time or later. */
export interface RecordAt {
  /** -1 where there is none. */
  readonly offset: number;
  readonly timestamp: Millis;
}

/**
 * How records flow through the topics: where logs begin and end, and where consumer groups are. It needs the right to
 * describe the topics and groups, and reads no record. One request for each broker that leads some of what is asked for.
 */
export class FlowOffsets {
  readonly #brokers: Brokers;

  constructor(
    kafka: Kafka,
    private readonly log: Logger,
  ) {
    this.#brokers = new Brokers(openCluster(kafka), log);
  }

  async connect(): Promise<void> {
    await this.#brokers.connect();
  }

  async close(): Promise<void> {
    await this.#brokers.cluster.disconnect();
  }

  /** All partitions of these topics; none of one that is not there yet. */
  async places(topics: readonly string[]): Promise<FlowPlace[]> {
    return await this.#try('asking for the partitions of the pipeline', async () => {
      await this.#brokers.refreshIfOld();
      const found: FlowPlace[] = [];
      for (const topic of topics)
        for (const partition of await this.#partitionsOf(topic)) found.push({ topic, partition });
      return found;
    });
  }

  async #partitionsOf(topic: string): Promise<readonly number[]> {
    try {
      return await partitionsOf(this.#brokers.cluster, topic);
    } catch (error) {
      if ((error as { readonly code?: unknown }).code === UNKNOWN_TOPIC_OR_PARTITION) return [];
      throw error;
    }
  }

  /** By {@link partitionKey}. */
  async ends(places: readonly FlowPlace[]): Promise<ReadonlyMap<string, number>> {
    return offsetsOf(await this.#askLeaders(places, (asked) => listOffsets(asked, LATEST)));
  }

  async starts(places: readonly FlowPlace[]): Promise<ReadonlyMap<string, number>> {
    return offsetsOf(await this.#askLeaders(places, (asked) => listOffsets(asked, EARLIEST)));
  }

  /** The first record from each time on, by {@link partitionKey}. */
  async recordsAt(
    places: readonly (FlowPlace & { readonly time: Millis })[],
  ): Promise<ReadonlyMap<string, RecordAt>> {
    const answers = await this.#askLeaders(places, offsetsAt);
    return new Map(answers.map((answer) => [partitionKey(answer), answer]));
  }

  async group(groupId: string): Promise<GroupDescription> {
    return await this.#askCoordinator(groupId, describeGroup(groupId));
  }

  /** What the group has committed, by {@link partitionKey}; nothing for partitions of which it has not. */
  async committed(
    groupId: string,
    places: readonly FlowPlace[],
  ): Promise<ReadonlyMap<string, CommittedOffset>> {
    const answers = await this.#askCoordinator(groupId, offsetFetch(groupId, places, false));
    for (const { code, topic } of answers)
      requireSuccess(code, `asking for the committed offsets of ${groupId} in ${topic}`);
    return new Map(answers.flatMap((one) => (one.offset < 0 ? [] : [[partitionKey(one), one]])));
  }

  async #askCoordinator<T>(groupId: string, request: PartsRequest<T>): Promise<T> {
    return await this.#try(`asking for the group ${groupId}`, () =>
      this.#brokers.ask({ of: 'group', id: groupId }, request, performance.now() + ASK_MS),
    );
  }

  async #askLeaders<P extends FlowPlace>(
    places: readonly P[],
    request: (asked: readonly (P & AskedPartition)[]) => PartsRequest<TimedOffset[]>,
  ): Promise<TimedOffset[]> {
    return await this.#try('asking for the offsets of the pipeline', async () => {
      const { cluster } = this.#brokers;
      const asked = places.map((place) => {
        const { nodeId, epoch: leaderEpoch } = requireLeader(cluster, place.topic, place.partition);
        return { ...place, nodeId, leaderEpoch };
      });
      const answers = await Promise.all(
        [...Map.groupBy(asked, ({ nodeId }) => nodeId)].map(async ([nodeId, same]) =>
          this.#brokers.send(await cluster.findBroker({ nodeId }), request(same), ASK_MS),
        ),
      );
      const found = answers.flat();
      for (const { code, topic, partition } of found)
        requireSuccess(code, `asking for the offsets of ${topic}[${partition}]`);
      return found;
    });
  }

  /** After a failure it is learnt anew who leads, for the next attempt. */
  async #try<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.log.debug({ error }, doing);
      await this.#brokers.refresh();
      throw kafkaError(error, doing);
    }
  }
}

function offsetsOf(answers: readonly TimedOffset[]): ReadonlyMap<string, number> {
  return new Map(answers.map((answer) => [partitionKey(answer), answer.offset]));
}
