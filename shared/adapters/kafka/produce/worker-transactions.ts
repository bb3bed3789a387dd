import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { systemClock } from '../../../core/clock.js';
import { messageOf, TactusError } from '../../../core/errors.js';
import { partitionKey } from '../../../core/partition-key.js';
import type {
  AssignedPartition,
  CommitResult,
  Cut,
  PartitionContent,
  TakenOver,
  WorkerTransactions,
} from '../../../ports/log.js';
import type { WorkerContext } from '../../../process/context.js';
import { openCluster } from '../internals.js';
import { AnswerError } from '../protocol/answers.js';
import type { Codec } from '../protocol/compression.js';
import type { TransactionOffset, TransactionVersion } from '../protocol/transaction-requests.js';
import { accessRefused } from '../security/access.js';
import { AbandonedTransactions } from './abandoned-transactions.js';
import { Brokers } from './brokers.js';
import { splitMark, withMark } from './commit-mark.js';
import { Leaderless } from './leaderless.js';
import { PartitionedRecordSets } from './partitioned-record-sets.js';
import { type Ends, SetsRefused } from './record-writer.js';
import { StableOffsets } from './stable-offsets.js';
import { TakeOver } from './take-over.js';
import { idsOf, TransactionSession } from './transaction-session.js';

const COMMIT_MS = 10_000;
const TRANSACTION_ABORTABLE = 120;

/** For processes without a stable id of their own. */
const processId = randomUUID();

export interface WorkerTransactionsOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  /** Default: the newest that the cluster supports. */
  readonly version?: TransactionVersion;
  /** How long a commit is tried; default: 10 s. More than the transaction's time-out leaves nothing to be gained. */
  readonly commitMs?: number;
}

/** A commit of which nobody knows whether the broker has done it. */
interface UnknownCommit {
  readonly ends: Ends;
  /** The offsets that it writes, as {@link inWords}, by partition. */
  readonly sent: Map<string, string>;
}

/** All partitions of this process in one transaction, the transactional id being the group's and the instance's. */
export function workerTransactions(
  { config, log }: Pick<WorkerContext, 'config' | 'log'>,
  options: WorkerTransactionsOptions,
): WorkerTransactions {
  const { topicPrefix, compression, instanceId } = config.kafka;
  const brokers = new Brokers(openCluster(options.kafka), log);
  const transactionalId = idsOf(options.groupId) + (instanceId === '' ? processId : instanceId);
  const session = new TransactionSession(brokers, {
    transactionalId,
    ownId: () => `${transactionalId}-${randomUUID()}`,
    codec: compression as Codec,
    log,
    version: options.version,
  });
  const offsets = new StableOffsets(brokers, options.groupId);
  const takeOver = new TakeOver(brokers, offsets, options.groupId, log);
  const abandoned = new AbandonedTransactions(brokers, options.groupId, log);
  return new KafkaWorkerTransactions(brokers, session, offsets, takeOver, abandoned, {
    groupId: options.groupId,
    prefix: topicPrefix,
    commitMs: options.commitMs ?? COMMIT_MS,
  });
}

class KafkaWorkerTransactions implements WorkerTransactions {
  /** Ascends over the lives of a process with a stable id. */
  #commit = systemClock.now();
  /** What is known to be committed, as {@link inWords}, by partition. */
  readonly #committed = new Map<string, string>();
  #unknown: UnknownCommit | null = null;
  readonly #recordSets: PartitionedRecordSets;
  readonly #leaderless: Leaderless;

  constructor(
    private readonly brokers: Brokers,
    private readonly session: TransactionSession,
    private readonly offsets: StableOffsets,
    private readonly earlierOwners: TakeOver,
    private readonly abandoned: AbandonedTransactions,
    private readonly options: {
      readonly groupId: string;
      readonly prefix: string;
      readonly commitMs: number;
    },
  ) {
    this.#recordSets = this.#newRecordSets();
    this.#leaderless = new Leaderless(brokers);
  }

  get transactionalId(): string {
    return this.session.transactionalId;
  }

  async open(): Promise<void> {
    await this.brokers.connect();
    await this.#ready(this.#deadline());
  }

  async takeOver(
    partitions: readonly AssignedPartition[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TakenOver | null>> {
    const checkpoints = new Map<string, TakenOver | null>();
    if (partitions.length === 0) return checkpoints;
    this.abandoned.end(this.session.transactionalId);
    try {
      const own = () => this.session.transactionalId;
      for (const found of await this.earlierOwners.read(partitions, own, signal)) {
        const { offset, metadata } = found;
        const { own: written, mark } = splitMark(metadata);
        const { topicId, epoch } = mark ?? {};
        const log = { ...(topicId && { topicId }), ...(epoch !== undefined && { epoch }) };
        const checkpoint = { offset, metadata: written, ours: mark !== null, ...log };
        checkpoints.set(partitionKey(found), offset < 0 ? null : checkpoint);
        this.#committed.set(partitionKey(found), inWords(found));
        // Its content from before is gone.
        this.#unknown?.sent.delete(partitionKey(found));
      }
      return checkpoints;
    } catch (error) {
      throw unavailable(error, 'taking partitions over');
    }
  }

  async commit(cut: Cut): Promise<CommitResult> {
    const deadline = this.#deadline();
    if (this.#unknown !== null) {
      const known = await this.#findOut(this.#unknown, cut.contents, deadline);
      if (known !== null) return known;
    }
    for (;;) {
      // Aborts what the attempt before may have left open.
      await this.#ready(deadline);
      if (cut.contents.length === 0) return { outcome: 'committed', ends: new Map() };
      const result = await this.#attempt(cut, deadline);
      if (result !== 'smaller') return result;
    }
  }

  async close(): Promise<void> {
    await this.abandoned.close();
    await this.brokers.cluster.disconnect();
  }

  #deadline(): number {
    return performance.now() + this.options.commitMs;
  }

  async #ready(deadline: number): Promise<void> {
    try {
      await this.session.ready(deadline);
    } catch (error) {
      throw unavailable(error, `initialising the transactional id ${this.session.transactionalId}`);
    }
  }

  /** `smaller`: some record sets were too large, the next ones are not. */
  async #attempt({ contents, membership, notes }: Cut, deadline: number): Promise<CommitResult | 'smaller'> {
    const mark = { transactionalId: this.session.transactionalId, commit: ++this.#commit };
    const offsets = contents.map(({ topic, partition, checkpoint: { offset, metadata, ...log } }) => ({
      ...{ topic, partition, offset, metadata: withMark(metadata, { ...mark, ...log }) },
    }));
    let ends: Ends;
    try {
      for (const content of contents) await this.#add(content, this.#recordSets);
      const leaderless = await this.#leaderless.among(this.#recordSets.sets);
      if (leaderless.size > 0) return await this.#withoutLeaders(contents, leaderless);
      this.#recordSets.finishNotes(notes);
      const { groupId } = this.options;
      ends = await this.session.write(this.#recordSets.sets, { groupId, membership, offsets }, deadline);
    } catch (error) {
      return await this.#giveUp(error);
    } finally {
      this.#recordSets.clear();
    }
    try {
      await this.session.commit(deadline);
    } catch (error) {
      if (error instanceof AnswerError && error.code === TRANSACTION_ABORTABLE) {
        await this.session.abort();
        return { outcome: 'aborted', error: unavailable(error, 'ending a transaction') };
      }
      return await this.#lookWhether({ ends, sent: byPartition(offsets) }, error, contents);
    }
    for (const [key, words] of byPartition(offsets)) this.#committed.set(key, words);
    return { outcome: 'committed', ends };
  }

  async #add(
    { outputs, changes, changelog, partition }: PartitionContent,
    to: PartitionedRecordSets,
  ): Promise<void> {
    for (const batch of outputs) await to.add(batch);
    if (changelog !== undefined && changes.length > 0) await to.addChanges(changelog, partition, changes);
  }

  /** Nothing has been sent yet. Whose outputs go to these partitions is found by distributing those of each alone. */
  async #withoutLeaders(
    contents: readonly PartitionContent[],
    leaderless: ReadonlySet<string>,
  ): Promise<CommitResult> {
    const inputs = new Set<string>();
    for (const content of contents) {
      const alone = this.#newRecordSets();
      await this.#add(content, alone);
      if (alone.sets.some((set) => leaderless.has(partitionKey(set)))) inputs.add(partitionKey(content));
    }
    const message = `nobody leads ${[...leaderless].join(', ')}`;
    const error = new TactusError('TACTUS_KAFKA_UNAVAILABLE', message);
    // Records without a key may have gone elsewhere this time.
    return inputs.size === 0 ? { outcome: 'aborted', error } : { outcome: 'leaderless', error, inputs };
  }

  #newRecordSets(): PartitionedRecordSets {
    return new PartitionedRecordSets(this.options.prefix, (topic) => this.brokers.partitions(topic));
  }

  /** Of a transaction whose end was not asked for: nothing of it is visible, nor will be. */
  async #giveUp(error: unknown): Promise<CommitResult | 'smaller'> {
    if (!(error instanceof AnswerError)) {
      this.session.forget();
      throw unavailable(error, 'writing a transaction');
    }
    if (error.remedy === 'fenced') return { outcome: 'aborted', error: this.session.fenced(error) };
    await this.session.abort();
    const { message } = error;
    switch (error.remedy) {
      case 'generation':
        return { outcome: 'generation', error: new TactusError('TACTUS_FENCED', message, { cause: error }) };
      case 'refused': {
        const { records, smaller } = this.#recordSets.refused(error instanceof SetsRefused ? error.sets : []);
        if (smaller) return 'smaller';
        const refused = new TactusError('TACTUS_OUTPUT_REFUSED', message, { cause: error });
        return { outcome: 'refused', error: refused, records };
      }
      default:
        return { outcome: 'aborted', error: unavailable(error, 'writing a transaction') };
    }
  }

  async #lookWhether(
    commit: UnknownCommit,
    error: unknown,
    contents: readonly PartitionContent[],
  ): Promise<CommitResult> {
    this.#unknown = commit;
    const cause =
      error instanceof AnswerError && error.remedy === 'fenced'
        ? this.session.fenced(error)
        : unavailable(error, 'ending a transaction');
    this.session.forget();
    const known = await this.#findOut(commit, contents, this.#deadline());
    return known ?? { outcome: 'aborted', error: cause };
  }

  /**
   * Finds out whether the commit was done, by the offsets that it would have written.
   *
   * @returns null if it was not, and the contents may be sent again
   * @throws TactusError `TACTUS_KAFKA_UNAVAILABLE` while that remains unknown
   */
  async #findOut(
    { ends, sent }: UnknownCommit,
    contents: readonly PartitionContent[],
    deadline: number,
  ): Promise<CommitResult | null> {
    // Ends the transaction: as it was decided, or else by aborting it.
    await this.#ready(deadline);
    const concerned = contents.filter((content) => sent.has(partitionKey(content)));
    const found = concerned.length === 0 ? [] : await this.#stable(concerned, deadline);
    this.#unknown = null;
    const isSent = (key: string, words: string) =>
      words === sent.get(key) && words !== this.#committed.get(key);
    if (found.some(({ key, words }) => isSent(key, words))) {
      for (const [key, words] of sent) this.#committed.set(key, words);
      if (concerned.length === contents.length) return { outcome: 'committed', ends };
      return lost('the transaction was committed, but now there is more content than it had');
    }
    const elsewhere = found.filter(({ key, words }) => words !== this.#committed.get(key));
    if (elsewhere.length > 0)
      return lost(`another owner has committed ${elsewhere.map(({ key }) => key).join(', ')}`);
    const undecided = found.length > 0 && found.every(({ key, words }) => words === sent.get(key));
    return undecided ? lost('the committed offsets do not say whether the transaction was committed') : null;
  }

  async #stable(partitions: readonly AssignedPartition[], deadline: number) {
    try {
      const found = await this.offsets.stable(partitions, { deadline });
      return found.map((each) => ({ key: partitionKey(each), words: inWords(each) }));
    } catch (error) {
      throw unavailable(error, 'finding out whether a transaction was committed');
    }
  }
}

function inWords({ offset, metadata }: Pick<TransactionOffset, 'offset' | 'metadata'>): string {
  return `${offset} ${metadata}`;
}

function byPartition(offsets: readonly TransactionOffset[]): Map<string, string> {
  return new Map(offsets.map((each) => [partitionKey(each), inWords(each)]));
}

function lost(message: string): CommitResult {
  return { outcome: 'lost', error: new TactusError('TACTUS_FENCED', message) };
}

/** Whatever it is, the caller tries again: no record is skipped because of an unknown error. */
function unavailable(error: unknown, doing: string): TactusError {
  if (error instanceof TactusError) return error;
  const refused = accessRefused(error, doing);
  if (refused !== null) return refused;
  return new TactusError('TACTUS_KAFKA_UNAVAILABLE', `${doing}: ${messageOf(error)}`, { cause: error });
}
