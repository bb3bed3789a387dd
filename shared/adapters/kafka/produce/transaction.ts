import { partitionKey } from '../../../core/partition-key.js';
import { sleep } from '../../../process/wait.js';
import { partitionsOf } from '../cluster-metadata.js';
import type { InternalBroker, InternalCluster, TransactionIdentity } from '../internals.js';
import { requireSuccess } from '../protocol/answers.js';
import type { Codec } from '../protocol/compression.js';
import { type ProduceData, produceRequest } from '../protocol/produce-request.js';
import type { RecordSet } from '../protocol/record-set.js';
import { sendParts } from './send-parts.js';

/** The broker aborts the transaction of a dead producer after this time. */
const TRANSACTION_TIMEOUT_MS = 30_000;
/** Writing the markers of the previous transaction takes a few milliseconds. */
const RETRY_MS = 3;
const RETRY_CAP_MS = 250;
const MAX_RETRIES = 60;
/** Errors that pass by themselves, on the same coordinator. */
const TRANSIENT = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_LOAD_IN_PROGRESS',
  'COORDINATOR_LOAD_IN_PROGRESS',
]);
/** Errors that mean that the coordinator has moved, or is not there yet. */
const MOVED = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
]);
const MAX_SEQUENCE = 2 ** 31;

/** Records for one partition of a physical topic, in order. */
export interface PartitionRecords {
  readonly topic: string;
  readonly partition: number;
  readonly set: RecordSet;
}

/**
 * A transactional producer (KIP-98) of encoded record sets.
 *
 * `open` fences the previous user of the transactional id and aborts its unfinished transaction. An error
 * of any other call leaves the transaction to be aborted by the next `open`: a caller continues by opening
 * again, never by repeating a call.
 */
export class TransactionalProducer {
  #identity: TransactionIdentity | null = null;
  readonly #coordinators = new Map<string, InternalBroker>();
  readonly #sequences = new Map<string, number>();
  /** Partitions that have been added to the open transaction. */
  readonly #enlisted = new Set<string>();

  constructor(
    private readonly cluster: InternalCluster,
    private readonly transactionalId: string,
    private readonly codec: Codec = 'none',
  ) {}

  async open(): Promise<void> {
    await this.cluster.connect();
    const { transactionalId } = this;
    const answer = await this.#coordinate(transactionalId, 1, (coordinator) =>
      coordinator.initProducerId({ transactionalId, transactionTimeout: TRANSACTION_TIMEOUT_MS }),
    );
    this.#identity = { transactionalId, ...answer };
  }

  /** Number of partitions of a physical topic. */
  async partitions(topic: string): Promise<number> {
    return (await partitionsOf(this.cluster, topic)).length;
  }

  /** Adds partitions to the transaction (AddPartitionsToTxn); `write` does so too. */
  async enlist(entries: readonly PartitionRecords[]): Promise<void> {
    const topics = new Map<string, number[]>();
    for (const { topic, partition } of entries) {
      const key = partitionKey({ topic, partition });
      if (this.#enlisted.has(key)) continue;
      this.#enlisted.add(key);
      topics.set(topic, [...(topics.get(topic) ?? []), partition]);
    }
    if (topics.size === 0) return;
    await this.#coordinate(this.transactionalId, 1, (coordinator) =>
      coordinator.addPartitionsToTxn({
        ...this.#identityOrThrow(),
        topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
      }),
    );
  }

  /** Writes records; several entries for one partition one after the other. */
  async write(entries: readonly PartitionRecords[]): Promise<void> {
    await this.enlist(entries);
    let left = entries;
    while (left.length > 0) {
      const round = new Map<string, PartitionRecords>();
      const later: PartitionRecords[] = [];
      for (const entry of left) {
        const key = partitionKey(entry);
        if (round.has(key)) later.push(entry);
        else round.set(key, entry);
      }
      await this.#writeRound([...round.values()]);
      left = later;
    }
  }

  /** Adds the group's offsets to the transaction (AddOffsetsToTxn), before `writeOffset`. */
  async enlistGroup(groupId: string): Promise<void> {
    await this.#coordinate(this.transactionalId, 1, (coordinator) =>
      coordinator.addOffsetsToTxn({ ...this.#identityOrThrow(), groupId }),
    );
  }

  /** Commits an input offset, with its metadata, as part of the transaction. */
  async writeOffset(
    groupId: string,
    input: { topic: string; partition: number; offset: number; metadata: string },
  ): Promise<void> {
    const { topic, partition, offset, metadata } = input;
    const topics = [{ topic, partitions: [{ partition, offset: String(offset), metadata }] }];
    await this.#coordinate(groupId, 0, (coordinator) =>
      coordinator.txnOffsetCommit({ ...this.#identityOrThrow(), groupId, topics }),
    );
  }

  async commit(): Promise<void> {
    await this.#coordinate(this.transactionalId, 1, (coordinator) =>
      coordinator.endTxn({ ...this.#identityOrThrow(), transactionResult: true }),
    );
    this.#enlisted.clear();
  }

  async close(): Promise<void> {
    this.#identity = null;
    await this.cluster.disconnect();
  }

  async #writeRound(entries: readonly PartitionRecords[]): Promise<void> {
    await this.cluster.refreshMetadataIfNecessary();
    const byLeader = new Map<string, Map<string, { partition: number; records: Buffer }[]>>();
    for (const entry of entries) {
      const leader = Object.keys(this.cluster.findLeaderForPartitions(entry.topic, [entry.partition]))[0];
      if (leader === undefined) throw new Error(`${entry.topic}[${entry.partition}] has no leader`);
      const topics = byLeader.get(leader) ?? new Map();
      byLeader.set(leader, topics);
      topics.set(entry.topic, [
        ...(topics.get(entry.topic) ?? []),
        { partition: entry.partition, records: this.#recordSet(entry) },
      ]);
    }
    await Promise.all(
      [...byLeader].map(async ([nodeId, data]: [string, ProduceData]) => {
        const broker = await this.cluster.findBroker({ nodeId });
        const answers = await sendParts(broker, produceRequest(this.transactionalId, data));
        for (const { topic, partition, code } of answers)
          requireSuccess(code, `writing to ${topic}[${partition}]`);
      }),
    );
  }

  #recordSet({ topic, partition, set }: PartitionRecords): Buffer {
    const { producerId, producerEpoch } = this.#identityOrThrow();
    const key = partitionKey({ topic, partition });
    const baseSequence = this.#sequences.get(key) ?? 0;
    // Sequence numbers wrap around to 0 (KIP-98).
    this.#sequences.set(key, (baseSequence + set.count) % MAX_SEQUENCE);
    return set.finish({
      producerId: BigInt(producerId),
      epoch: producerEpoch,
      codec: this.codec,
      baseSequence,
      // Topics that Tactus declares use the broker's append time instead.
      timestamp: Math.trunc(performance.timeOrigin + performance.now()),
    });
  }

  #identityOrThrow(): TransactionIdentity {
    if (this.#identity === null) throw new Error('the producer is not open');
    return this.#identity;
  }

  /** Sends a request to the coordinator of a transactional id (type 1) or group (type 0), which is cached. */
  async #coordinate<T>(
    id: string,
    type: 0 | 1,
    request: (coordinator: InternalBroker) => Promise<T>,
  ): Promise<T> {
    const key = `${type}${id}`;
    for (let attempt = 0; ; attempt++) {
      try {
        let coordinator = this.#coordinators.get(key);
        if (coordinator === undefined) {
          coordinator = await this.cluster.findGroupCoordinator({ groupId: id, coordinatorType: type });
          this.#coordinators.set(key, coordinator);
        }
        return await request(coordinator);
      } catch (error) {
        const code = (error as { type?: string }).type ?? '';
        if (MOVED.has(code)) this.#coordinators.delete(key);
        else if (!TRANSIENT.has(code)) throw error;
        if (attempt === MAX_RETRIES) throw error;
        await sleep(Math.min(RETRY_CAP_MS, RETRY_MS * 2 ** Math.min(attempt, 8)));
      }
    }
  }
}
