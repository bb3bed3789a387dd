import type { Millis } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
import { partitionKey } from '../core/partition-key.js';
import { backoffMs } from '../core/retry.js';
import type { StageTime } from '../core/stage.js';
import type { CommitResult, Cut, Membership, PartitionContent, WorkerTransactions } from '../ports/log.js';
import type { WorkerContext } from '../process/context.js';
import { sleep } from '../process/wait.js';
import { CommitBacklog } from './commit-backlog.js';
import type { OpenPartition } from './open-partition.js';
import { ParkedContents } from './parked-contents.js';
import type { PendingCommit } from './pending-commit.js';
import type { PipelineTelemetry } from './telemetry.js';
import { UnwritableOutputs } from './unwritable-outputs.js';

/** Partitions that are behind catch up faster with fewer transactions; their outputs are late in any case. */
const CATCH_UP_COMMIT_MS = 1_000;
/** No consumer sees a commit that only moves offsets, and it costs the broker as much as one with records. */
const OFFSET_ONLY_MS = 1_000;
/** The reason that stands against readiness while commits fail. */
const COMMITTING = 'committing';

/** Stream times of partitions at the moment of a cut. */
export type CutTimes = ReadonlyMap<OpenPartition, StageTime>;
type Committed = CommitResult & { readonly outcome: 'committed' };

/** What a commit has of one partition. */
interface Taken {
  readonly from: OpenPartition;
  readonly pending: PendingCommit;
  /** One object for all attempts. */
  readonly content: PartitionContent;
}

/** The open partitions at one moment: what is to be committed, and the times, of those without content too. */
interface WorkerCut {
  readonly taken: readonly Taken[];
  readonly times: CutTimes;
}

export interface WorkerCommitsOptions {
  readonly context: Pick<WorkerContext, 'clock' | 'health' | 'log' | 'fail'>;
  readonly transactions: Pick<WorkerTransactions, 'commit'>;
  readonly intervalMs: Millis;
  readonly telemetry: PipelineTelemetry;
  readonly notes: (times: CutTimes) => Cut['notes'];
  /** What has just become visible, and where it ends. */
  readonly committed: (times: CutTimes, ends: Committed['ends']) => void;
}

/**
 * Commits the work of all open partitions of a worker, one transaction at a time (KIP-447).
 *
 * A commit takes what each partition has between two steps; partitions go on meanwhile. Its content is kept
 * until the outcome is known: after an abort the same content is sent again, less that of partitions that
 * are gone. A record that the broker does not take becomes a dead letter. A partition whose content the broker
 * refuses is found by committing each alone; it fails alone, and commits alone until it has succeeded once. While the
 * group assigns partitions anew nothing is committed. Where nobody leads partitions that outputs go to, those whose
 * outputs these are wait, and the others go on.
 */
export class WorkerCommits {
  readonly #open = new Set<OpenPartition>();
  /** Without what is parked: it grows no more, and must not keep the others from going on. */
  readonly #backlog = new CommitBacklog(this.#open, (partition) => !this.#parked.has(partition));
  /** Keys of partitions whose content was refused. */
  readonly #suspects = new Set<string>();
  readonly #parked: ParkedContents<Taken>;
  /** The last cut was that of a suspect: the others come next. */
  #alone = false;
  readonly #waiting = new Set<() => void>();
  readonly #closing = new AbortController();
  #membership: Membership | null = null;
  #running: Promise<void> | null = null;
  /** An attempt is on its way: between attempts nothing that it would take is sent. */
  #attempting = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the last commit began. */
  #lastCommit: Millis;

  readonly #unwritable: UnwritableOutputs;

  constructor(private readonly options: WorkerCommitsOptions) {
    const { clock, log } = options.context;
    this.#lastCommit = clock.now();
    this.#unwritable = new UnwritableOutputs(clock, log);
    this.#parked = new ParkedContents(options.context);
  }

  /** From now on what the partition does is committed. */
  add(partition: OpenPartition): void {
    this.#open.add(partition);
    this.#backlog.changed();
  }

  /** What the partition has not committed yet never will be. */
  remove(partition: OpenPartition): void {
    this.#parked.remove(partition);
    if (!this.#open.delete(partition)) return;
    this.#backlog.changed();
    this.#changed();
  }

  get open(): ReadonlySet<OpenPartition> {
    return this.#open;
  }

  /** The group assigns partitions anew: nothing may be committed before it has. */
  withhold(): void {
    this.#membership = null;
    this.#changed();
  }

  /** The group has assigned partitions: commits go on, with those that were not removed. */
  resume(membership: Membership): void {
    this.#membership = membership;
    this.#changed();
    this.touch();
  }

  /** To be called after steps of a partition: commits what is due, now or later. */
  stepped(partition: OpenPartition): void {
    if (this.#open.has(partition)) this.#backlog.grew(partition);
    this.touch();
  }

  /** Commits what is due, now or later. */
  touch(): void {
    clearTimeout(this.#timer);
    if (this.#running !== null || this.#membership === null || this.#closing.signal.aborted) return;
    const dueIn = this.#dueIn();
    if (dueIn === Number.POSITIVE_INFINITY) return;
    if (dueIn <= 0) this.#begin();
    else this.#timer = setTimeout(() => this.touch(), dueIn);
  }

  /** So much waits for a commit that no further step may be taken. */
  get full(): boolean {
    return this.#backlog.full;
  }

  /** The partition may take no further step before {@link room} resolves. */
  holds(partition: OpenPartition): boolean {
    return this.full || this.#parked.has(partition);
  }

  /** Resolves once the partition may take another step, as so little waits for a commit, or the signal aborts. */
  async room(partition: OpenPartition, signal: AbortSignal): Promise<void> {
    while (this.holds(partition) && !signal.aborted) {
      this.touch();
      await this.#change(signal);
    }
  }

  /**
   * Resolves when everything that is pending now is committed, or nothing may be, or the signal aborts. A commit that
   * waits for the next membership is not waited for: the group may be waiting for this.
   */
  async flush(signal: AbortSignal): Promise<void> {
    await this.#settledOrWithheld(signal);
    if (signal.aborted || this.#membership === null) return;
    if (this.#running === null) this.#begin();
    await this.#settledOrWithheld(signal);
  }

  /** Resolves when no content is on its way to the broker any more that a commit took before, or the signal aborts. */
  async attempted(signal: AbortSignal): Promise<void> {
    while (this.#attempting && !signal.aborted) await this.#change(signal);
  }

  /** Resolves when the partition has nothing left to commit, or was removed, or the signal aborts. */
  async flushOf(partition: OpenPartition, signal: AbortSignal): Promise<void> {
    await this.#settled(signal);
    while (this.#open.has(partition) && partition.pending.since !== null && !signal.aborted) {
      if (this.#running === null && this.#membership !== null) this.#begin();
      await this.#change(signal);
    }
    await this.#settled(signal);
  }

  /** Gives up what is not committed; a commit that is on its way may yet succeed. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#closing.abort();
    this.#changed();
    await this.#running;
  }

  #begin(): void {
    const cut = this.#take();
    if (cut === null) return;
    this.#lastCommit = this.options.context.clock.now();
    this.#running = this.#commit(cut)
      .catch((error: unknown) => this.options.context.fail(error))
      .finally(() => {
        this.#running = null;
        this.#changed();
        this.touch();
      });
  }

  /** Null when there is nothing to commit. */
  #take(): WorkerCut | null {
    if (this.#parked.dueIn <= 0) return { taken: this.#parked.all, times: new Map() };
    const pending = [...this.#open].filter((one) => one.pending.since !== null && !this.#parked.has(one));
    const trusted = pending.filter((one) => !this.#suspects.has(partitionKey(one)));
    const suspect = pending.find((one) => this.#suspects.has(partitionKey(one)));
    this.#alone = suspect !== undefined && (trusted.length === 0 || !this.#alone);
    const chosen = new Set(this.#alone ? [suspect as OpenPartition] : trusted);
    if (chosen.size === 0) return null;
    const times = new Map<OpenPartition, StageTime>();
    for (const one of this.#open) {
      // What others have pending is not going to be visible with this commit.
      const isVisible = (one.pending.since === null && !this.#parked.has(one)) || chosen.has(one);
      const time = isVisible ? one.time() : null;
      if (time !== null) times.set(one, time);
    }
    const taken = [...chosen].map(take);
    this.#backlog.changed();
    return { taken, times };
  }

  async #commit(whole: WorkerCut): Promise<void> {
    const { health, log } = this.options.context;
    const waiting = new Set<OpenPartition>();
    for (let failures = 0; ; ) {
      if (failures > 0) await sleep(backoffMs(failures - 1, Math.random()), this.#closing.signal);
      const membership = await this.#member();
      const cut = this.#remaining(whole, waiting);
      if (membership === null) break;
      // Of what is gone an earlier attempt may have left a transaction open, for which others wait.
      if (cut.taken.length === 0 && failures === 0) break;
      const started = performance.now();
      const result = await this.#attempt(cut, membership);
      if (result.outcome === 'committed') {
        this.#done(cut, result.ends, (performance.now() - started) / 1000);
        break;
      }
      const { outcome, error } = result;
      this.options.telemetry.commitFailed(error.code);
      if (outcome === 'refused' && this.#unwritable.divert(pendingOf(cut), result.records)) continue;
      if (failures % 10 === 0) log.warn({ error, failures, outcome }, `a commit failed: ${error.message}`);
      if (result.outcome === 'leaderless') {
        for (const one of cut.taken) {
          if (!result.inputs.has(partitionKey(one.from))) continue;
          this.#parked.park(one, error);
          this.#backlog.changed();
          waiting.add(one.from);
        }
        if (this.#remaining(whole, waiting).taken.length === 0) break;
      } else if (outcome === 'lost') {
        this.#fail(cut, error);
        break;
      } else if (outcome === 'refused') {
        if (cut.taken.length === 1) this.#refuse(cut, error);
        else for (const one of cut.taken) await this.#commit({ taken: [one], times: timeOf(cut, one) });
        break;
      } else if (outcome === 'aborted') health.block(COMMITTING, `committing: ${error.message}`);
      // The membership of this attempt has ended; the next one may be there already.
      else if (this.#membership === membership) this.withhold();
      failures += 1;
    }
    health.clear(COMMITTING);
    for (const { from, pending } of whole.taken) if (!this.#open.has(from)) pending.recycle();
  }

  /** Without the partitions that are gone, whose content is another owner's to make, and those that wait. */
  #remaining({ taken, times }: WorkerCut, waiting: ReadonlySet<OpenPartition>): WorkerCut {
    const isThere = (one: OpenPartition) => this.#open.has(one) && !waiting.has(one);
    return {
      taken: taken.filter(({ from }) => isThere(from)),
      times: new Map([...times].filter(([one]) => isThere(one))),
    };
  }

  async #attempt({ taken, times }: WorkerCut, membership: Membership): Promise<CommitResult> {
    const contents = taken.map(({ content }) => content);
    this.#attempting = true;
    try {
      return await this.options.transactions.commit({
        contents,
        membership,
        notes: this.options.notes(times),
      });
    } catch (error) {
      if (!(error instanceof TactusError) || !error.retriable) throw error;
      return { outcome: 'aborted', error };
    } finally {
      this.#attempting = false;
      this.#changed();
    }
  }

  #done({ taken, times }: WorkerCut, ends: Committed['ends'], seconds: number): void {
    const { telemetry, committed } = this.options;
    telemetry.committed(seconds);
    telemetry.sent(taken.flatMap(({ pending }) => pending.outputs.map(({ topics }) => topics)));
    for (const { from, pending, content } of taken) {
      for (const code of pending.refusalCodes) telemetry.refused(code);
      this.#suspects.delete(partitionKey(from));
      this.#parked.remove(from);
      from.committed(content.checkpoint);
      pending.recycle();
    }
    this.#backlog.changed();
    committed(times, ends);
  }

  #refuse(cut: WorkerCut, cause: TactusError): void {
    const keys = cut.taken.map(({ from }) => partitionKey(from));
    for (const key of keys) this.#suspects.add(key);
    this.#fail(cut, new TactusError(cause.code, `${keys}: ${cause.message}`, { cause }));
  }

  #fail({ taken }: WorkerCut, error: TactusError): void {
    for (const { from } of taken) {
      this.#open.delete(from);
      this.#parked.remove(from);
      from.fail(error);
    }
    this.#backlog.changed();
  }

  #dueIn(): Millis {
    const { dueIn } = this.#parked;
    const { since, hasOutput } = this.#backlog.totals;
    if (since === null) return dueIn;
    if (this.full) return 0;
    const now = this.options.context.clock.now();
    const { intervalMs } = this.options;
    const interval = this.#backlog.live ? intervalMs : Math.max(intervalMs, CATCH_UP_COMMIT_MS);
    // The clock was set back: nothing is known of how long it has been.
    if (now < since || now < this.#lastCommit) return 0;
    const offsetOnly = since + Math.max(interval, OFFSET_ONLY_MS) - now;
    const due = hasOutput ? Math.min(offsetOnly, this.#lastCommit + interval - now) : offsetOnly;
    return Math.max(0, Math.min(due, dueIn));
  }

  /** Nothing is committed until the group has assigned partitions again. */
  get withheld(): boolean {
    return this.#membership === null;
  }

  /** Null when the worker closes before the group has assigned partitions. */
  async #member(): Promise<Membership | null> {
    while (this.#membership === null && !this.#closing.signal.aborted)
      await this.#change(this.#closing.signal);
    return this.#closing.signal.aborted ? null : this.#membership;
  }

  async #settled(signal: AbortSignal): Promise<void> {
    const running = this.#running;
    while (running !== null && this.#running === running && !signal.aborted) await this.#change(signal);
  }

  async #settledOrWithheld(signal: AbortSignal): Promise<void> {
    const running = this.#running;
    const waits = () => this.#attempting || this.#membership !== null;
    while (running !== null && this.#running === running && waits() && !signal.aborted)
      await this.#change(signal);
  }

  #changed(): void {
    for (const resolve of this.#waiting) resolve();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

function take(from: OpenPartition): Taken {
  const { topic, partition, changelog } = from;
  const checkpoint = from.checkpoint();
  const pending = from.cut();
  const { outputs, changes } = pending;
  return { from, pending, content: { topic, partition, outputs, changes, changelog, checkpoint } };
}

function pendingOf({ taken }: WorkerCut): PendingCommit[] {
  return taken.map(({ pending }) => pending);
}

function timeOf({ times }: WorkerCut, { from }: Taken): CutTimes {
  const time = times.get(from);
  return new Map(time === undefined ? [] : [[from, time]]);
}
