import type { EmbeddedServer, EmbeddedStack } from '../../../services/up/embedded/stack.js';
import { LATEST, listOffsets } from '../../../shared/adapters/kafka/protocol/list-offsets.js';
import { type ClusterMetadata, metadataRequest } from '../../../shared/adapters/kafka/protocol/metadata.js';
import { offsetFetch } from '../../../shared/adapters/kafka/protocol/offset-fetch.js';
import type { PartsRequest } from '../../../shared/adapters/kafka/protocol/requests.js';
import { until } from '../until.js';
import { askBroker } from './ask.js';
import { electPreferred, findCoordinator, type Partition, reassign } from './requests.js';

/** A partition of a physical topic, as one broker knows it. */
export interface PartitionState extends Partition {
  /** -1 for none. */
  readonly leader: number;
  /** The first is the preferred leader. */
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

/** Three brokers of a stack, with times that suit tests. */
export function threeBrokers(sessionTimeoutMs: number) {
  return {
    brokers: 3,
    kafka: {
      'broker.session.timeout.ms': sessionTimeoutMs,
      'broker.heartbeat.interval.ms': Math.round(sessionTimeoutMs / 6),
      'replica.lag.time.max.ms': REPLICA_LAG_MS,
      // Elections are the test's.
      'auto.leader.rebalance.enable': false,
    },
  };
}

/** After this time without a fetch, a follower leaves the in-sync replicas. */
export const REPLICA_LAG_MS = 2_000;

/** For a broker to recover its logs, and for its replicas to catch up, on a machine with much else to do. */
const WHOLE_MS = 90_000;
const ANY_EPOCH = -1;

/** Who leads and coordinates in a cluster of embedded brokers, asked of the brokers themselves. */
export class Cluster {
  constructor(private readonly stack: Pick<EmbeddedStack, 'brokers'>) {}

  /** @param id from 1 on */
  broker(id: number): EmbeddedServer {
    const broker = this.stack.brokers[id - 1];
    if (broker === undefined) throw new Error(`there is no broker ${id}`);
    return broker;
  }

  get ids(): number[] {
    return this.stack.brokers.map((_, i) => i + 1);
  }

  /** @param but a broker whose own idea of the cluster does not count */
  async partitions(topics?: readonly string[], but?: number): Promise<PartitionState[]> {
    const all = statesOf(await this.#ask(() => metadataRequest(null), but));
    return topics === undefined ? all : all.filter(({ topic }) => topics.includes(topic));
  }

  coordinator(of: 'group' | 'transaction', id: string): Promise<number> {
    return this.#ask(() => findCoordinator(of, id));
  }

  /** The ends of a topic's partitions; those without a leader have none. */
  async ends(topic: string, but?: number): Promise<Map<number, number>> {
    const byLeader = Map.groupBy(await this.partitions([topic], but), ({ leader }) => leader);
    byLeader.delete(-1);
    const found = await Promise.all(
      [...byLeader].map(([leader, led]) =>
        askBroker(
          this.broker(leader),
          listOffsets(
            led.map(({ partition }) => ({ topic, partition, leaderEpoch: ANY_EPOCH })),
            LATEST,
          ),
        ),
      ),
    );
    // One that was asked of a broker that leads it no longer has none.
    const known = found.flat().filter(({ code }) => code === 0);
    return new Map(known.map(({ partition, offset }) => [partition, offset]));
  }

  /** Committed offsets, with their metadata, by partition. */
  async committed(groupId: string, topic: string, partitions: readonly number[]) {
    const coordinator = await this.coordinator('group', groupId);
    const asked = partitions.map((partition) => ({ topic, partition }));
    const found = await askBroker(this.broker(coordinator), offsetFetch(groupId, asked, false));
    return new Map(found.map((each) => [each.partition, each]));
  }

  reassign(moves: readonly (Partition & { readonly replicas: readonly number[] })[]): Promise<void> {
    return this.#ask(() => reassign(moves));
  }

  electPreferred(partitions: readonly Partition[]): Promise<void> {
    return this.#ask(() => electPreferred(partitions));
  }

  /** Resolves when every partition has a leader, and all its replicas are in sync, by every broker's metadata. */
  async whole(): Promise<void> {
    await until(
      'all replicas to be in sync',
      async () => {
        const lacking = await this.lacking();
        if (lacking !== undefined) throw new Error(JSON.stringify(lacking));
        return true;
      },
      WHOLE_MS,
    );
  }

  /**
   * A partition without a leader or with replicas out of sync, by any broker's metadata; undefined where all is whole.
   *
   * @throws Error when a broker does not answer
   */
  async lacking(): Promise<PartitionState | undefined> {
    const views = await Promise.all(this.ids.map((id) => askBroker(this.broker(id), metadataRequest(null))));
    return views
      .flatMap(statesOf)
      .find(({ leader, replicas, isr }) => leader < 0 || isr.length < replicas.length);
  }

  /** The first answer of a broker that runs. */
  async #ask<T>(request: () => PartsRequest<T>, but?: number): Promise<T> {
    let failure: unknown = new Error('no broker runs');
    for (const id of this.ids) {
      const broker = this.broker(id);
      if (id === but || broker.pid === undefined) continue;
      try {
        return await askBroker(broker, request());
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}

function statesOf({ topicMetadata }: ClusterMetadata): PartitionState[] {
  return topicMetadata.flatMap(({ topic, partitionMetadata }) =>
    partitionMetadata.map(({ partitionId: partition, leader, replicas, isr }) => ({
      ...{ topic, partition, leader, replicas, isr },
    })),
  );
}
