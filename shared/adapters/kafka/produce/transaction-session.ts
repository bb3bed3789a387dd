import { TactusError } from '../../../core/errors.js';
import type { Membership } from '../../../ports/log.js';
import type { Logger } from '../../../process/logger.js';
import { sleep } from '../../../process/wait.js';
import { AnswerError, type Remedy } from '../protocol/answers.js';
import type { Codec } from '../protocol/compression.js';
import type { PartitionRecords } from '../protocol/record-set.js';
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  initProducerId,
  type ProducerIdentity,
  type TransactionOffset,
  type TransactionVersion,
  txnOffsetCommit,
} from '../protocol/transaction-requests.js';
import type { Brokers } from './brokers.js';
import { type Ends, RecordWriter } from './record-writer.js';
import { transactionVersion } from './transaction-version.js';

/** The broker aborts the transaction of a dead producer after this time. */
const TRANSACTION_TIMEOUT_MS = 10_000;
const ABORT_MS = 5_000;
/** The cluster may finalize another version of transactions at any time. */
const VERSION_AGE_MS = 60_000;
/** So many fencings within so long are no new owner that could not wait, but another instance at work. */
const MAX_FENCINGS = 3;
const FENCINGS_MS = 120_000;
const REOPEN_MS = 250;
/**
 * The transaction of an instance that stands still for so long may have been aborted by a new owner of its partitions,
 * or by the broker. Somebody with the same id initialises it without a look at what is open.
 */
const ABORTED_AFTER_MS = 2_000;

export interface SessionOptions {
  readonly transactionalId: string;
  /** Another id, for who is fenced again and again by somebody who has the same; default: being fenced is the end. */
  readonly ownId?: () => string;
  readonly codec: Codec;
  readonly log: Logger;
  /** Default: what the cluster supports. */
  readonly version?: TransactionVersion | undefined;
}

/** Offsets of a consumer group that go with a transaction. */
export interface GroupOffsets {
  readonly groupId: string;
  readonly membership: Membership;
  readonly offsets: readonly TransactionOffset[];
}

/**
 * What the transactional ids of a group's instances begin with, and those of no other group: the rest of the name of
 * `alerting-notifier` could as well be an instance of `alerting`, were it not for a character that neither may have.
 */
export function idsOf(groupId: string): string {
  return `${groupId}/`;
}

/**
 * Aborts what somebody else has left open under a transactional id; whoever still uses it is fenced.
 *
 * @param ms how long it is tried
 * @throws as {@link Brokers.ask}
 */
export async function abortTransactionOf(
  id: string,
  brokers: Pick<Brokers, 'ask'>,
  ms: number,
): Promise<void> {
  const request = initProducerId(1, id, TRANSACTION_TIMEOUT_MS);
  await brokers.ask({ of: 'transaction', id }, request, performance.now() + ms);
}

/**
 * A transactional producer. `ready` comes first, then `write`, then `commit` or `abort`; after any failure, `ready`
 * begins anew, which aborts what is open.
 */
export class TransactionSession {
  transactionalId: string;
  #identity: ProducerIdentity | null = null;
  #version: TransactionVersion = 1;
  #versionAskedAt = Number.NEGATIVE_INFINITY;
  #fencings: number[] = [];
  #reopenAt = 0;
  /** {@link Brokers.unanswered} when the transaction began. */
  #unanswered = 0;
  /** The same when the id was initialised last. */
  #unansweredAtInit = 0;
  #beganAt = Number.POSITIVE_INFINITY;
  readonly #writer: RecordWriter;

  constructor(
    private readonly brokers: Brokers,
    private readonly options: SessionOptions,
  ) {
    this.transactionalId = options.transactionalId;
    this.#writer = new RecordWriter(brokers, () => this.transactionalId, options.codec);
  }

  /** False before {@link ready}, and when it has to begin anew. */
  get isReady(): boolean {
    return this.#identity !== null;
  }

  /** @throws as {@link Brokers.ask} */
  async ready(deadline: number): Promise<void> {
    const version = await this.#currentVersion();
    if (this.#identity !== null && version === this.#version) return;
    this.#version = version;
    this.#identity = null;
    await sleep(Math.max(0, this.#reopenAt - performance.now()));
    this.#unansweredAtInit = this.brokers.unanswered;
    this.#next(
      await this.#ask(initProducerId(version, this.transactionalId, TRANSACTION_TIMEOUT_MS), deadline),
    );
  }

  /** @throws as {@link Brokers.ask}, when nothing is under way any more */
  async write(
    sets: readonly PartitionRecords[],
    group: GroupOffsets | null,
    deadline: number,
  ): Promise<Ends> {
    const identity = this.#identityOrThrow();
    const version = this.#version;
    this.#unanswered = this.brokers.unanswered;
    this.#beganAt = performance.now();
    if (version === 1)
      await allDone([
        sets.length === 0
          ? undefined
          : this.#ask(addPartitionsToTxn(this.transactionalId, identity, partitionsOf(sets)), deadline),
        group === null
          ? undefined
          : this.#ask(addOffsetsToTxn(this.transactionalId, identity, group.groupId), deadline),
      ]);
    const [ends] = await allDone([
      this.#writer.write(sets, identity, version, deadline),
      group === null ? undefined : this.#writeOffsets(group, identity, deadline),
    ]);
    return ends;
  }

  async #writeOffsets(
    { groupId, membership, offsets }: GroupOffsets,
    identity: ProducerIdentity,
    deadline: number,
  ): Promise<void> {
    const group = { groupId, ...membership };
    const request = txnOffsetCommit(this.#version, this.transactionalId, identity, group, offsets);
    await this.brokers.ask({ of: 'group', id: groupId }, request, deadline);
  }

  /** @throws as {@link Brokers.ask}; only TRANSACTION_ABORTABLE says that it was not committed */
  async commit(deadline: number): Promise<void> {
    const request = endTxn(this.#version, this.transactionalId, this.#identityOrThrow(), true);
    const next = await this.#ask(request, deadline);
    if (next !== null) this.#next(next);
    // A request that is still under way somewhere would join the next transaction.
    else if (this.brokers.unanswered !== this.#unanswered) this.forget();
  }

  /** Never fails: what could not be aborted now is when the session begins anew. */
  async abort(): Promise<void> {
    const identity = this.#identity;
    this.forget();
    if (identity === null) return;
    const request = endTxn(this.#version, this.transactionalId, identity, false);
    const next = await this.#ask(request, performance.now() + ABORT_MS).catch(() => null);
    if (next !== null) this.#next(next);
  }

  /** The state of the transaction is not known: {@link ready} begins anew. */
  forget(): void {
    this.#identity = null;
  }

  /**
   * To be called when the producer was fenced. Where brokers fail that is no wonder: a new owner of partitions does it
   * that could not wait for our transaction, the broker when it took too long, and a request of our own that was given
   * up and arrived late. Again and again without a failure, only another instance with the same id does: each would
   * fence the other for ever, so this one goes on under an id of its own, where it may have one.
   */
  fenced(cause: unknown): TactusError {
    this.forget();
    const { ownId, log } = this.options;
    const message = `another producer has initialised the transactional id ${this.transactionalId}, or the transaction took longer than ${TRANSACTION_TIMEOUT_MS} ms`;
    const now = performance.now();
    if (this.#hasFailed(now)) {
      this.#reopenAt = now + REOPEN_MS;
      return new TactusError('TACTUS_KAFKA_UNAVAILABLE', message, { cause });
    }
    if (ownId === undefined) return new TactusError('TACTUS_FENCED', message, { cause });
    this.#fencings = [...this.#fencings.filter((at) => now - at < FENCINGS_MS), now];
    const times = this.#fencings.length;
    if (times < MAX_FENCINGS) {
      this.#reopenAt = now + REOPEN_MS * 2 ** times;
      return new TactusError('TACTUS_KAFKA_UNAVAILABLE', message, { cause });
    }
    const shared = this.transactionalId;
    this.transactionalId = ownId();
    this.#fencings = [];
    const alarm = `fenced ${times} times within ${FENCINGS_MS / 1000} s: two instances have one TACTUS_INSTANCE_ID; this one goes on with the transactional id ${this.transactionalId} instead of ${shared}`;
    log.error({ transactionalId: this.transactionalId }, alarm);
    return new TactusError('TACTUS_INSTANCE_ID_SHARED', alarm, { cause });
  }

  /** Whether something has gone wrong since the id was initialised that leads to being fenced by itself. */
  #hasFailed(now: number): boolean {
    return this.brokers.unanswered !== this.#unansweredAtInit || now - this.#beganAt >= ABORTED_AFTER_MS;
  }

  async #currentVersion(): Promise<TransactionVersion> {
    const { version } = this.options;
    if (version !== undefined) return version;
    const now = performance.now();
    if (this.#identity !== null && now - this.#versionAskedAt < VERSION_AGE_MS) return this.#version;
    this.#versionAskedAt = now;
    return (await transactionVersion(this.brokers)) ?? this.#version;
  }

  #ask<T>(request: Parameters<typeof this.brokers.ask<T>>[1], deadline: number): Promise<T> {
    return this.brokers.ask({ of: 'transaction', id: this.transactionalId }, request, deadline);
  }

  #next(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#writer.restartSequences();
  }

  #identityOrThrow(): ProducerIdentity {
    if (this.#identity === null)
      throw new TactusError('TACTUS_INVARIANT', 'no transactional id is initialised');
    return this.#identity;
  }
}

function partitionsOf(sets: readonly PartitionRecords[]): Map<string, number[]> {
  const byTopic = Map.groupBy(sets, ({ topic }) => topic);
  return new Map(
    [...byTopic].map(([topic, same]) => [topic, [...new Set(same.map(({ partition }) => partition))]]),
  );
}

const SEVERITY: readonly Remedy[] = ['fenced', 'generation', 'refused', 'abort'];

/** Waits for all, so that no request is under way any more, then throws the failure that decides most. */
async function allDone<const T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(promises);
  const severity = (error: unknown) =>
    error instanceof AnswerError ? SEVERITY.indexOf(error.remedy) : SEVERITY.length;
  const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  failures.sort((a, b) => severity(a) - severity(b));
  if (failures.length > 0) throw failures[0];
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never;
}
