import { systemClock } from '../../../core/clock.js';
import { partitionKey } from '../../../core/partition-key.js';
import { endsOf } from '../cluster-metadata.js';
import { AnswerError, requireSuccess } from '../protocol/answers.js';
import type { Codec } from '../protocol/compression.js';
import { type ProduceAnswer, produceRequest } from '../protocol/produce-request.js';
import type { ProducerIdentity, TransactionVersion } from '../protocol/transaction-requests.js';
import { type Brokers, Patience } from './brokers.js';
import type { PartitionRecords } from './transaction.js';

const MAX_SEQUENCE = 2 ** 31;

/** By physical topic and partition: the offset behind the last record that was written. */
export type Ends = Map<string, Map<number, number>>;

/** A record set in bytes, which stay the same for each attempt. */
interface Encoded {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  readonly records: Buffer;
}

/** Writes record sets of transactions to the leaders of their partitions. */
export class RecordWriter {
  readonly #sequences = new Map<string, number>();

  constructor(
    private readonly brokers: Brokers,
    private readonly transactionalId: () => string,
    private readonly codec: Codec,
  ) {}

  /** A new producer id or epoch counts from 0. */
  restartSequences(): void {
    this.#sequences.clear();
  }

  /**
   * Resolves when all are acknowledged by all in-sync replicas. Several sets of one partition go one after the
   * other.
   *
   * @throws as {@link Brokers.ask}
   */
  async write(
    sets: readonly PartitionRecords[],
    identity: ProducerIdentity,
    version: TransactionVersion,
    deadline: number,
  ): Promise<Ends> {
    const ends: Ends = new Map();
    for (let left = sets; left.length > 0; ) {
      const round = new Map<string, Encoded>();
      const later: PartitionRecords[] = [];
      for (const entry of left) {
        const key = partitionKey(entry);
        if (round.has(key)) later.push(entry);
        else round.set(key, this.#encode(entry, key, identity));
      }
      await this.#writeRound(round, version, deadline, ends);
      left = later;
    }
    return ends;
  }

  #encode({ topic, partition, set }: PartitionRecords, key: string, identity: ProducerIdentity): Encoded {
    const baseSequence = this.#sequences.get(key) ?? 0;
    // Sequence numbers wrap around to 0 (KIP-98).
    this.#sequences.set(key, (baseSequence + set.count) % MAX_SEQUENCE);
    const records = set.finish({
      ...identity,
      codec: this.codec,
      baseSequence,
      // Topics that Tactus declares use the broker's append time instead.
      timestamp: systemClock.now(),
    });
    return { topic, partition, count: set.count, records };
  }

  /** One set for a partition; those whose leader has moved or does not answer are sent again. */
  async #writeRound(
    left: Map<string, Encoded>,
    version: TransactionVersion,
    deadline: number,
    ends: Ends,
  ): Promise<void> {
    const patience = new Patience(deadline);
    while (left.size > 0) {
      let failure: unknown = null;
      const failed = (error: unknown) => {
        // What does not pass by itself counts, whatever else went wrong.
        if (failure === null || (error instanceof AnswerError && !passes(error))) failure = error;
      };
      await this.brokers.cluster.refreshMetadataIfNecessary().catch(failed);
      await Promise.all(
        [...this.#byLeader(left, failed)].map(async ([nodeId, entries]) => {
          try {
            const answers = await this.#send(nodeId, entries, version, patience.leftMs);
            for (const answer of answers) await this.#take(answer, left, ends, failed);
          } catch (error) {
            failed(error);
          }
        }),
      );
      if (left.size === 0) return;
      if (failure instanceof AnswerError && !passes(failure)) throw failure;
      if (!(failure instanceof AnswerError) || failure.remedy === 'moved') await this.brokers.refresh();
      await patience.wait(failure, 'writing records');
    }
  }

  #byLeader(left: ReadonlyMap<string, Encoded>, failed: (error: unknown) => void): Map<string, Encoded[]> {
    const byLeader = new Map<string, Encoded[]>();
    for (const entry of left.values()) {
      const leader = this.#leaderOf(entry);
      if (leader === null) {
        failed(new Error(`${partitionKey(entry)} has no leader`));
        continue;
      }
      const entries = byLeader.get(leader);
      if (entries === undefined) byLeader.set(leader, [entry]);
      else entries.push(entry);
    }
    return byLeader;
  }

  #leaderOf({ topic, partition }: Encoded): string | null {
    try {
      const [leader] = Object.keys(this.brokers.cluster.findLeaderForPartitions(topic, [partition]));
      return leader === undefined || Number(leader) < 0 ? null : leader;
    } catch {
      // kafkajs has no metadata of the topic.
      return null;
    }
  }

  async #send(
    nodeId: string,
    entries: readonly Encoded[],
    version: TransactionVersion,
    silentMs: number,
  ): Promise<ProduceAnswer[]> {
    const topics = Map.groupBy(entries, ({ topic }) => topic);
    const broker = await this.brokers.cluster.findBroker({ nodeId });
    const request = produceRequest(this.transactionalId(), topics, version);
    return await this.brokers.send(broker, request, silentMs);
  }

  async #take(
    { topic, partition, code, baseOffset }: ProduceAnswer,
    left: Map<string, Encoded>,
    ends: Ends,
    failed: (error: unknown) => void,
  ): Promise<void> {
    const key = partitionKey({ topic, partition });
    try {
      requireSuccess(code, `writing to ${key}`);
    } catch (error) {
      failed(error);
      return;
    }
    const count = left.get(key)?.count ?? 0;
    // Of a set that it had long before, the broker no longer knows the place: the end of the log is behind it.
    const end = baseOffset < 0 ? await this.#endOf(topic, partition) : baseOffset + count;
    const byPartition = ends.get(topic) ?? new Map<number, number>();
    ends.set(topic, byPartition.set(partition, end));
    left.delete(key);
  }

  async #endOf(topic: string, partition: number): Promise<number> {
    return (await endsOf(this.brokers.cluster, topic, [partition])).get(partition) as number;
  }
}

function passes({ remedy }: AnswerError): boolean {
  return remedy === 'again' || remedy === 'moved';
}
