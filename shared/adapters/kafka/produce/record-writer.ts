import { type Millis, systemClock } from '../../../core/clock.js';
import { partitionKey } from '../../../core/partition-key.js';
import { kafkaError } from '../client.js';
import { leaderOf } from '../cluster-metadata.js';
import { LogOffsets } from '../log-offsets.js';
import { AnswerError } from '../protocol/answers.js';
import type { Codec } from '../protocol/compression.js';
import { type BlamedRecord, type ProduceAnswer, produceRequest } from '../protocol/produce-request.js';
import type { PartitionRecords, RecordSet } from '../protocol/record-set.js';
import type { ProducerIdentity, TransactionVersion } from '../protocol/transaction-requests.js';
import { type Brokers, Patience } from './brokers.js';

const MAX_SEQUENCE = 2 ** 31;
/** Brokers close a connection that sends more than 100 MiB at once (`socket.request.max.bytes`). */
const MAX_REQUEST_BYTES = 33_554_432;

/** By physical topic and partition: the offset behind the last record that was written. */
export type Ends = Map<string, Map<number, number>>;

/** A record set in bytes, which stay the same for each attempt. */
interface Encoded extends PartitionRecords {
  readonly count: number;
  readonly records: Buffer;
}

/** A record set that the broker does not take. */
export interface RefusedSet extends PartitionRecords {
  readonly code: number;
  /** Records that the broker blames, by their place in the set; empty where it names none. */
  readonly blamed: readonly BlamedRecord[];
}

/** The broker does not take some record sets. */
export class SetsRefused extends AnswerError {
  constructor(
    first: AnswerError,
    readonly sets: readonly RefusedSet[],
  ) {
    const [blamed] = sets.flatMap((set) => set.blamed);
    super(first.code, `writing to ${[...new Set(sets.map(partitionKey))].join(', ')}`, blamed?.message);
  }
}

export interface WriteOptions {
  /** Is called with each set when it is acknowledged. */
  readonly written?: (set: RecordSet) => void;
  /**
   * A partition that has taken nothing for so long, over all calls, is given up once all others have theirs, and from then
   * on has two attempts in each call. Without it everything is tried until the deadline.
   */
  readonly stuckMs?: Millis;
}

/** What became of the sets that were sent together. */
interface Round {
  /** By partition, those that are not written yet. */
  readonly left: Map<string, Encoded>;
  readonly ends: Ends;
  readonly refused: RefusedSet[];
  /** What does not pass by itself counts, whatever else went wrong. */
  failure: unknown;
  readonly written: ((set: RecordSet) => void) | undefined;
}

/** Writes record sets to the leaders of their partitions. */
export class RecordWriter {
  readonly #sequences = new Map<string, number>();
  /** Since when a partition has failed, by the monotonic clock. */
  readonly #failingSince = new Map<string, number>();
  readonly #offsets: LogOffsets;

  constructor(
    private readonly brokers: Brokers,
    /** Null outside of transactions. */
    private readonly transactionalId: () => string | null,
    private readonly codec: Codec,
  ) {
    this.#offsets = new LogOffsets(brokers.cluster);
  }

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
    { written, stuckMs = Number.POSITIVE_INFINITY }: WriteOptions = {},
  ): Promise<Ends> {
    const ends: Ends = new Map();
    let givenUp: unknown = null;
    for (let left = sets; left.length > 0; ) {
      const next = new Map<string, Encoded>();
      const later: PartitionRecords[] = [];
      for (const entry of left) {
        const key = partitionKey(entry);
        if (next.has(key)) later.push(entry);
        else next.set(key, this.#encode(entry, key, identity));
      }
      const round: Round = { left: next, ends, refused: [], failure: null, written };
      await this.#writeRound(round, version, deadline, stuckMs);
      if (next.size > 0) givenUp ??= round.failure;
      // What comes behind in its partition would be out of order.
      left = later.filter((entry) => !next.has(partitionKey(entry)));
    }
    if (givenUp !== null) throw kafkaError(givenUp, 'writing records');
    return ends;
  }

  #encode({ topic, partition, set }: PartitionRecords, key: string, identity: ProducerIdentity): Encoded {
    const baseSequence = this.#sequences.get(key) ?? 0;
    // Sequence numbers wrap around to 0 (KIP-98).
    this.#sequences.set(key, (baseSequence + set.count) % MAX_SEQUENCE);
    const records = set.finish({
      ...identity,
      transactional: this.transactionalId() !== null,
      codec: this.codec,
      baseSequence,
      // Topics that Tactus declares use the broker's append time instead.
      timestamp: systemClock.now(),
    });
    return { topic, partition, set, count: set.count, records };
  }

  /**
   * One set for a partition; those whose leader has moved or does not answer are sent again. Those that are left in the
   * end are given up.
   */
  async #writeRound(
    round: Round,
    version: TransactionVersion,
    deadline: number,
    stuckMs: Millis,
  ): Promise<void> {
    const patience = new Patience(deadline);
    const began = performance.now();
    const { left, refused } = round;
    for (let attempt = 1; left.size > 0; attempt++) {
      round.failure = null;
      // Whoever leads by what is known so far is written to meanwhile.
      void this.brokers.refreshIfOld();
      await Promise.all(
        [...this.#byLeader(round)].map(async ([nodeId, entries]) => {
          try {
            for (const some of requestsOf(entries)) {
              const answers = await this.#send(nodeId, some, version, patience.attemptMs);
              for (const answer of answers) await this.#take(answer, round);
            }
          } catch (error) {
            failed(round, error);
          }
        }),
      );
      if (left.size === 0) return;
      const { failure } = round;
      if (failure instanceof AnswerError && failure.remedy === 'refused')
        throw new SetsRefused(failure, refused);
      if (failure instanceof AnswerError && !passes(failure)) throw failure;
      if (!(failure instanceof AnswerError) || failure.remedy === 'moved') await this.brokers.refresh();
      const again = attempt > 1 || performance.now() - began >= stuckMs;
      if (this.#areStuck(left.keys(), stuckMs) && again) return;
      await patience.wait(failure, 'writing records');
    }
  }

  #areStuck(keys: Iterable<string>, stuckMs: Millis): boolean {
    const now = performance.now();
    let stuck = true;
    for (const key of keys) {
      const since = this.#failingSince.get(key) ?? now;
      this.#failingSince.set(key, since);
      stuck &&= now - since >= stuckMs;
    }
    return stuck;
  }

  #byLeader(round: Round): Map<string, Encoded[]> {
    const byLeader = new Map<string, Encoded[]>();
    for (const entry of round.left.values()) {
      const leader = leaderOf(this.brokers.cluster, entry.topic, entry.partition)?.nodeId;
      if (leader === undefined) {
        failed(round, new Error(`${partitionKey(entry)} has no leader`));
        continue;
      }
      const entries = byLeader.get(leader);
      if (entries === undefined) byLeader.set(leader, [entry]);
      else entries.push(entry);
    }
    return byLeader;
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

  async #take({ topic, partition, code, baseOffset, blamed }: ProduceAnswer, round: Round): Promise<void> {
    const { left, ends, refused } = round;
    const key = partitionKey({ topic, partition });
    const sent = left.get(key);
    if (code !== 0) {
      const error = new AnswerError(code, `writing to ${key}`);
      if (error.remedy === 'refused' && sent !== undefined)
        refused.push({ topic, partition, set: sent.set, code, blamed });
      failed(round, error);
      return;
    }
    const count = sent?.count ?? 0;
    // Of a set that it had long before, the broker no longer knows the place: the end of the log is behind it.
    const end = baseOffset < 0 ? await this.#endOf(topic, partition) : baseOffset + count;
    const byPartition = ends.get(topic) ?? new Map<number, number>();
    ends.set(topic, byPartition.set(partition, end));
    left.delete(key);
    this.#failingSince.delete(key);
    if (sent !== undefined) round.written?.(sent.set);
  }

  async #endOf(topic: string, partition: number): Promise<number> {
    return (await this.#offsets.ends(topic, [partition])).get(partition) as number;
  }
}

/** What is sent at once: one set at least. */
function requestsOf(entries: readonly Encoded[]): Encoded[][] {
  const requests: Encoded[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    bytes += entry.records.length;
    if (bytes > MAX_REQUEST_BYTES) {
      requests.push([]);
      bytes = entry.records.length;
    }
    requests.at(-1)?.push(entry);
  }
  return requests;
}

function failed(round: Round, error: unknown): void {
  const { failure } = round;
  if (failure instanceof AnswerError && failure.remedy === 'fenced') return;
  if (failure === null || (error instanceof AnswerError && !passes(error))) round.failure = error;
}

function passes({ remedy }: AnswerError): boolean {
  return remedy === 'again' || remedy === 'moved';
}
