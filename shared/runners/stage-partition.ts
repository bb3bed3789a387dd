import type { DeadLetter } from '../../schemas/types.js';
import type { TopicName } from '../../topics/names.js';
import { messageOf, TactusError } from '../core/errors.js';
import { backoffMs } from '../core/retry.js';
import type { Checkpoint, Saved } from '../core/stage.js';
import type { ValueEncoder } from '../ports/codec.js';
import type { GroupMember, LogSource, TransactionalOutput } from '../ports/log.js';
import type { WorkerContext } from '../process/context.js';
import type { Logger } from '../process/logger.js';
import { sleep } from '../process/wait.js';
import { requireChangelogPartitions } from './changelog-partitions.js';
import { Committer } from './committer.js';
import { FetchBuffer, maxAnswerAgeMs } from './fetch-buffer.js';
import { PendingCommit } from './pending-commit.js';
import { latestOf, readChangelog } from './read-changelog.js';
import { RefusalLog } from './refusal-log.js';
import { RestoreProgress } from './restore-progress.js';
import type { StageBinding } from './stage-binding.js';
import type { PipelineTelemetry } from './telemetry.js';

const TICK_MS = 100;
/** A partition that is behind catches up faster with fewer transactions; its outputs are late in any case. */
const CATCH_UP_COMMIT_MS = 1_000;
/** A broker that is silent for so long counts as down, whatever the state of the connection. */
const SILENT_MS = 10_000;

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
  readonly member: GroupMember;
  readonly telemetry: PipelineTelemetry;
  readonly deadLetters: ValueEncoder<DeadLetter>;
  readonly prefix: string;
  readonly output: () => TransactionalOutput;
  /** Carries topic and partition. */
  readonly log: Logger;
}

/**
 * Processes one partition until it is revoked. Every failure ends the session: the state is dropped, the
 * partition is opened again (which fences other owners and aborts an unfinished transaction) and the
 * state is restored from the last committed checkpoint.
 */
export async function runStagePartition(options: StagePartitionOptions): Promise<void> {
  const { context, group, topic, name, partition, revoked, telemetry, log } = options;
  const key = `${topic}[${partition}]`;
  context.health.block(key, `${key} is being opened`);
  const highest: HighestCommit = { offset: 0 };
  for (let failures = 0; !revoked.aborted; ) {
    const output = options.output();
    try {
      await session(options, output, highest, () => {
        context.health.clear(key);
        failures = 0;
      });
    } catch (error) {
      const code = error instanceof TactusError ? error.code : 'TACTUS_INVARIANT';
      telemetry.commitFailed(code);
      context.health.block(key, `${key}: ${messageOf(error)}`);
      if (!(error instanceof TactusError) || (!error.retriable && code !== 'TACTUS_FENCED')) {
        context.fail(error);
        break;
      }
      if (failures % 10 === 0) log.warn({ error, failures }, `opening the partition again: ${error.message}`);
      await sleep(backoffMs(failures++, Math.random()), revoked);
      // Only a confirmed member of the group may fence the partition's current owner.
      await options.member.confirmed(revoked);
    } finally {
      await output.close().catch((error: unknown) => log.debug({ error }, 'closing the producer'));
    }
  }
  context.health.clear(key);
  telemetry.released(group, name, partition);
}

/** The highest offset that this process has committed for the partition. */
interface HighestCommit {
  offset: number;
}

async function session(
  options: StagePartitionOptions,
  output: TransactionalOutput,
  highest: HighestCommit,
  committed: () => void,
): Promise<void> {
  const { context, group, topic, name, partition, revoked, reader, telemetry } = options;
  const { stage, decoder, version } = options.binding;
  const startedWith = version?.();
  const { clock, config } = context;
  const intervalMs = config.kafka.commitIntervalMs;

  const checkpoint = await output.open();
  // A coordinator of Kafka 4.1.1 that becomes leader again while it still loads its partition answers with
  // old offsets until it has loaded the rest.
  if ((checkpoint?.offset ?? 0) < highest.offset)
    throw new TactusError(
      'TACTUS_KAFKA_UNAVAILABLE',
      `the group coordinator returned offset ${checkpoint?.offset ?? 'none'} of ${topic}[${partition}], but ${highest.offset} has been committed`,
    );
  const range = await reader.range(topic, partition);
  let state = await restore(options, checkpoint);
  const from = checkpoint?.offset ?? range.start;
  const buffer = new FetchBuffer(topic, partition, from, {
    onRoom: () => reader.wake(),
    maxAnswerAgeMs: maxAnswerAgeMs(config.kafka.fetchMaxWaitMs),
  });
  const key = `${topic}[${partition}]`;
  const labels = { group, topic: name, partition };
  const replay = new RestoreProgress(from, stage.replayUntil?.(state) ?? from, {
    what: 'state from the log',
    onRemaining: (records) => telemetry.replaying(labels, records),
    log: options.log,
  });
  const refusalLog = new RefusalLog(options.log);
  const origin = { worker: context.name, topic };
  const committer = new Committer(
    clock.now(),
    (lastCommit) => new PendingCommit(options.deadLetters, origin, lastCommit),
  );
  const catchUpMs = Math.max(intervalMs, CATCH_UP_COMMIT_MS);
  const dueInMs = () => committer.pending.dueIn(clock.now(), buffer.behind ? catchUpMs : intervalMs);
  let lastTick = clock.now();
  reader.add(buffer, from);
  try {
    if (range.end <= from) committed();
    while (!revoked.aborted && version?.() === startedWith) {
      committer.throwIfFailed();
      const batch = await buffer.next(Math.min(dueInMs(), TICK_MS), revoked);
      if (batch !== null) {
        await decoder.prepare(batch, revoked);
        // Revoked while waiting for the registry: the batch is not prepared.
        if (revoked.aborted) break;
        const result = stage.step(state, batch, clock.now());
        state = result.state;
        telemetry.received(group, name, batch.length);
        committer.pending.add(result, batch, clock.now());
        refusalLog.warn(result.refusals, batch, clock.now());
        committer.pending.releaseInput(result, batch);
        replay.advanceTo(batch.nextOffset);
      }
      if (!replay.running && clock.now() - lastTick >= TICK_MS) {
        lastTick = clock.now();
        const tick = buffer.tick(topic);
        const result = stage.step(state, tick, lastTick);
        state = result.state;
        if (result.outputs.length + result.changes.length > 0) committer.pending.add(result, tick, lastTick);
        telemetry.lag(group, name, partition, buffer.lag);
        if (buffer.silentMs > SILENT_MS) context.health.block(key, `${key}: its broker does not answer`);
        else if (committer.idle) context.health.clear(key);
      }
      // A checkpoint of a partly replayed state would lose the rest.
      if (!replay.running && dueInMs() === 0) await committer.begin(clock.now(), commit);
    }
    if (!replay.running && committer.pending.since !== null) await committer.begin(clock.now(), commit);
    await committer.finish();
  } finally {
    reader.remove(buffer);
    await committer.settled();
    stage.release?.(state);
  }

  async function commit({ outputs, changes, refusalCodes }: PendingCommit): Promise<void> {
    const started = performance.now();
    const checkpoint = stage.checkpoint(state);
    const sent = outputs.map(({ topics }) => topics);
    await output.commit({ outputs, changes, checkpoint });
    highest.offset = checkpoint.offset;
    telemetry.committed((performance.now() - started) / 1000);
    for (const topics of sent) telemetry.sent(topics);
    for (const code of refusalCodes) telemetry.refused(code);
    committed();
  }
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
