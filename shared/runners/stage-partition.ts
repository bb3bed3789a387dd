import { setImmediate } from 'node:timers/promises';
import type { DeadLetter } from '../../schemas/types.js';
import type { TopicName } from '../../topics/names.js';
import { messageOf, TactusError } from '../core/errors.js';
import { piecesOf, splitBatch } from '../core/join-batches.js';
import { partitionKey } from '../core/partition-key.js';
import type { RecordBatch } from '../core/record-batch.js';
import { backoffMs } from '../core/retry.js';
import type { Checkpoint, Saved } from '../core/stage.js';
import type { ValueEncoder } from '../ports/codec.js';
import type { LogSource, TakenOver } from '../ports/log.js';
import type { WorkerContext } from '../process/context.js';
import type { Logger } from '../process/logger.js';
import { sleep } from '../process/wait.js';
import type { CommittedPosition } from '../wire/progress-record.js';
import { requireChangelogPartitions } from './changelog-partitions.js';
import { checkCommitted, type HighestCommit } from './check-committed.js';
import { FetchBuffer, maxAnswerAgeMs } from './fetch-buffer.js';
import { forgetGap, reportGap } from './gap-report.js';
import type { GroupLags, PartitionLag } from './group-lags.js';
import type { OpenPartition } from './open-partition.js';
import { PendingCommit } from './pending-commit.js';
import { placed, positionOf } from './placed-checkpoint.js';
import { latestOf, readChangelog } from './read-changelog.js';
import { RefusalLog } from './refusal-log.js';
import { RestoreProgress } from './restore-progress.js';
import type { StageBinding } from './stage-binding.js';
import type { PipelineTelemetry } from './telemetry.js';
import type { WorkerCommits } from './worker-commits.js';

const TICK_MS = 100;
/** A broker that is silent for so long counts as down, whatever the state of the connection. */
const SILENT_MS = 10_000;
/** Offsets are kept for a week by default (`offsets.retention.minutes`), and for a day by early versions. */
const RECOMMIT_MS = 43_200_000;

export interface StagePartitionOptions {
  readonly context: WorkerContext;
  /** Consumer group, without the prefix. */
  readonly group: string;
  /** Physical topic. */
  readonly topic: string;
  /** Logical topic. */
  readonly name: TopicName;
  readonly partition: number;
  readonly revoked: AbortSignal;
  readonly binding: StageBinding<never>;
  readonly reader: LogSource;
  readonly commits: WorkerCommits;
  /** The partition's committed checkpoint, once no earlier owner can change it any more. */
  readonly takeOver: () => Promise<TakenOver | null>;
  /** How far the group has said to have committed it; asked for after {@link takeOver}. */
  readonly known: () => CommittedPosition | 'unknown' | null;
  /** The same object each time that this process has the partition. */
  readonly highest: HighestCommit;
  readonly telemetry: PipelineTelemetry;
  readonly lags: GroupLags;
  readonly deadLetters: ValueEncoder<DeadLetter>;
  readonly prefix: string;
  /** Carries topic and partition. */
  readonly log: Logger;
}

/**
 * Processes one partition until it is revoked. A failure of the partition ends the session: the state is
 * dropped and restored from the last committed checkpoint. Aborted commits are no failure of a partition.
 */
export async function runStagePartition(options: StagePartitionOptions): Promise<void> {
  const { context, group, topic, name, partition, revoked, telemetry, log } = options;
  const key = partitionKey(options);
  const lag = options.lags.open({ topic, name, partition });
  context.health.block(key, `${key} is being opened`);
  for (let failures = 0; !revoked.aborted; ) {
    try {
      await session(options, lag, () => {
        context.health.clear(key);
        failures = 0;
      });
    } catch (error) {
      context.health.block(key, `${key}: ${messageOf(error)}`);
      if (!(error instanceof TactusError) || (!error.retriable && error.code !== 'TACTUS_FENCED')) {
        context.fail(error);
        break;
      }
      if (failures % 10 === 0) log.warn({ error, failures }, `opening the partition again: ${error.message}`);
      await sleep(backoffMs(failures++, Math.random()), revoked);
      // An attempt with what it did before might commit after its committed offset was asked for.
      await options.commits.attempted(revoked);
    }
  }
  context.health.clear(key);
  forgetGap({ context, key });
  lag.close();
  telemetry.released(group, name, partition);
}

async function session(
  options: StagePartitionOptions,
  lag: PartitionLag,
  committed: () => void,
): Promise<void> {
  const { context, group, topic, name, partition, revoked, reader, telemetry, commits, log } = options;
  const { highest } = options;
  const { stage, decoder, version, changelog, order } = options.binding;
  const startedWith = version?.();
  const { clock, config } = context;
  const key = partitionKey(options);

  const committedBefore = ofTopic(await options.takeOver(), highest);
  if (revoked.aborted) return;
  const askedAt = performance.now();
  const range = await reader.range(topic, partition, committedBefore ?? {});
  const { topicId = null } = range;
  const of = { groupId: options.prefix + group, topic, partition, known: options.known() };
  await checkCommitted(reader, { ...of, checkpoint: committedBefore, highest, range });
  const { checkpoint, from, gap } = placed(committedBefore, range);
  if (gap !== null) reportGap({ context, key, name, partition }, gap, positionOf(committedBefore));
  // Restoring may take long.
  const next = checkpoint === null ? from : positionOf(checkpoint);
  lag.ended(range.end, askedAt);
  lag.follow(() => next);
  highest.offset = checkpoint?.offset ?? 0;
  highest.topicId = topicId;
  let state = await restore(options, checkpoint);
  // Perhaps only in part: reading the changelog ends when the partition is revoked. From here to where `revoked` is
  // listened to nothing is awaited.
  if (revoked.aborted) return void stage.release?.(state);
  log.info({ event: 'restored', offset: checkpoint?.offset ?? null }, `state restored: ${key}`);
  let brokenOff = false;
  const buffer = new FetchBuffer(topic, partition, from, {
    onRoom: () => reader.wake(),
    maxAnswerAgeMs: maxAnswerAgeMs(config.kafka.fetchMaxWaitMs),
    brokenOff: () => {
      brokenOff = true;
    },
  });
  const replayed = stage.replayUntil?.(state) ?? from;
  const replay = new RestoreProgress(from, replayed, {
    what: 'state from the log',
    onRemaining: (records) => telemetry.replaying({ group, topic: name, partition }, records),
    log,
  });
  const refusalLog = new RefusalLog(log, decoder);
  const origin = { worker: context.name, topic, prefix: options.prefix };
  const newPending = () => new PendingCommit(options.deadLetters, origin);
  let failure: TactusError | null = null;
  // Not AbortSignal.any, whose signals are dear to listen to: each turn does.
  const end = new AbortController();
  const { signal: ended } = end;
  const revoke = () => end.abort();
  revoked.addEventListener('abort', revoke, { once: true });
  let inFlight = 0;
  let committedNext = replayed;
  let committedEpoch = checkpoint?.epoch;
  let cutNext: number | null = null;
  let steppedNext = replayed;
  let committedAt = clock.now();
  const open: OpenPartition & { pending: PendingCommit } = {
    ...{ topic, name, partition, changelog },
    get behind() {
      return buffer.behind;
    },
    get settled() {
      return inFlight === 0 && open.pending.since === null;
    },
    pending: newPending(),
    get committedPosition() {
      return { offset: highest.offset, next: committedNext, topicId, epoch: committedEpoch };
    },
    checkpoint: () => {
      const { offset, metadata } = stage.checkpoint(state);
      return { offset, metadata, topicId, epoch: buffer.leaderEpoch ?? checkpoint?.epoch };
    },
    time: () => {
      const time = stage.time?.(state) ?? null;
      // It is asked for at any time, also while the partition waits for a server and more is to be read.
      return time?.atEnd && !buffer.fresh ? { ...time, atEnd: false } : time;
    },
    cut: () => {
      const { pending } = open;
      open.pending = newPending();
      inFlight += 1;
      cutNext = stage.replayUntil?.(state) ?? null;
      return pending;
    },
    committed: ({ offset, epoch }) => {
      inFlight -= 1;
      highest.offset = offset;
      committedNext = cutNext ?? offset;
      committedEpoch = epoch;
      committedAt = clock.now();
      // A commit may end after its partition has been given up, and perhaps been opened again.
      if (!ended.aborted) committed();
    },
    fail: (error) => {
      failure = error;
      end.abort();
    },
  };
  const join = () => {
    commits.add(open);
    order?.add(buffer);
    if (gap === null) return;
    // Before the log grows past what it has lost: nobody could know any more.
    open.pending.since ??= clock.now();
    commits.stepped(open);
  };
  /** Gives a batch to the stage. What it has not taken comes back, to be given again. */
  const take = async (batch: RecordBatch): Promise<RecordBatch | null> => {
    const began = performance.now();
    const result = stage.step(state, batch, clock.now());
    state = result.state;
    const { stoppedAt, traceId } = result;
    telemetry.stepped(group, name, (performance.now() - began) / 1_000, traceId);
    const [taken, rest] = stoppedAt === undefined ? [batch, null] : splitBatch(batch, stoppedAt);
    telemetry.received(group, name, taken.length);
    open.pending.add(result, taken, clock.now());
    refusalLog.warn(result.refusals, taken, clock.now());
    open.pending.releaseInput(result, taken);
    if (replay.running) {
      replay.advanceTo(taken.nextOffset);
      if (!replay.running) join();
    }
    steppedNext = Math.max(steppedNext, taken.nextOffset);
    commits.stepped(open);
    if (rest !== null) await options.binding.ask?.(partition);
    return rest;
  };
  let turns = 0;
  let inHand = false;
  /** For room that commits make, which the group does not let happen. */
  let waitsForGroup = false;
  const room = async () => {
    waitsForGroup = true;
    while (commits.holds(open) && !ended.aborted) await commits.room(open, ended);
    waitsForGroup = false;
  };
  const unwatch = context.health.watch(key, {
    pending: () => (inHand || buffer.waits) && !(waitsForGroup && commits.withheld),
    done: () => turns,
  });
  let lastTick = clock.now();
  // While all that was stepped through is committed, what comes to no commit is finished too: markers of transactions.
  lag.follow(() => (open.settled ? Math.max(steppedNext, committedNext) : committedNext), buffer);
  reader.add(buffer, from, topicId);
  try {
    // A checkpoint of a partly replayed state would lose the rest.
    if (!replay.running) join();
    if (range.end <= from) committed();
    while (!ended.aborted && !brokenOff && version?.() === startedWith) {
      turns += 1;
      inHand = false;
      const batch = await (order?.next(buffer, TICK_MS, ended) ?? buffer.next(TICK_MS, ended));
      if (batch !== null) {
        inHand = true;
        await decoder.prepare(batch, ended);
        // Meanwhile the other partitions may have taken what room there was.
        await room();
        // Revoked while waiting for the registry: the batch is not prepared.
        if (ended.aborted) break;
        const pieces = piecesOf(batch, stage.atOnce?.(state) ?? batch.length);
        for (const piece of pieces) {
          if (piece !== pieces[0]) await setImmediate().then(room);
          if (ended.aborted) break;
          for (let rest: RecordBatch | null = piece; rest !== null && !ended.aborted; )
            rest = await take(rest);
          turns += 1;
        }
        const claim = stage.claim?.(state);
        if (claim !== undefined) order?.claim(buffer, claim);
      }
      if (!replay.running && clock.now() - lastTick >= TICK_MS) {
        lastTick = clock.now();
        const tick = buffer.tick(topic);
        const result = stage.step(state, tick, lastTick);
        state = result.state;
        steppedNext = Math.max(steppedNext, tick.nextOffset);
        if (result.outputs.length + result.changes.length > 0) {
          open.pending.add(result, tick, lastTick);
          commits.stepped(open);
        }
        // Brokers may forget what is committed for a partition that nothing comes to.
        if (open.settled && lastTick - committedAt > RECOMMIT_MS) {
          open.pending.since = lastTick;
          commits.stepped(open);
        }
        telemetry.turn(group, name, partition, lastTick);
        if (buffer.silentMs > SILENT_MS) context.health.block(key, `${key}: its broker does not answer`);
        else if (open.settled) context.health.clear(key);
      }
    }
    if (failure !== null) throw failure;
    if (!ended.aborted) await commits.flushOf(open, ended);
    if (failure !== null) throw failure;
  } finally {
    unwatch();
    lag.hold();
    revoked.removeEventListener('abort', revoke);
    reader.remove(buffer);
    order?.remove(buffer);
    commits.remove(open);
    open.pending.recycle();
    stage.release?.(state);
  }
}

/** An offset that this process itself has committed, of a stage without metadata, is of the topic that it knows. */
function ofTopic(committed: TakenOver | null, { offset, topicId }: HighestCommit): TakenOver | null {
  const isOwn = committed !== null && committed.topicId === undefined && committed.offset === offset;
  return isOwn && typeof topicId === 'string' ? { ...committed, topicId } : committed;
}

/** The state as of the last commit. */
async function restore(options: StagePartitionOptions, checkpoint: Checkpoint | null): Promise<never> {
  const { group, name, partition, revoked, reader, telemetry, log } = options;
  const { stage, changelog } = options.binding;
  const saved: Saved = { topic: name, partition, checkpoint, changelog: new Map() };
  if (changelog === undefined) return stage.restore(saved);
  // The input may have grown since the worker started.
  await requireChangelogPartitions(reader, options.topic, options.prefix + changelog, partition);
  const reading = {
    reader,
    topic: options.prefix + changelog,
    partition,
    signal: revoked,
    log,
    onRemaining: (records: number) => telemetry.restoring({ group, topic: name, partition }, records),
  };
  if (stage.recall === undefined) return stage.restore({ ...saved, changelog: await latestOf(reading) });
  const state = stage.restore(saved);
  await readChangelog(reading, (change) => stage.recall?.(state, change));
  return state;
}
