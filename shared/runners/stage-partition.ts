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
import { Commits } from './commits.js';
import { freshMs, PartitionFeed } from './partition-feed.js';
import { Pending } from './pending.js';
import { Progress } from './progress.js';
import { latestOf, readChangelog } from './read-changelog.js';
import { Refusals } from './refusals.js';
import type { StageBinding } from './stage-worker.js';
import type { PipelineTelemetry } from './telemetry.js';

const TICK_MS = 100;
/** Who is behind gets there sooner with fewer transactions; what it writes is late in any case. */
const CATCH_UP_COMMIT_MS = 1_000;
/** A broker that says nothing for so long is taken to be away, whatever the connection's state. */
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
 * Processes one partition until it is revoked. Every failure ends the session: the state is
 * dropped, the partition opened anew (which fences, and aborts what was under way) and the state
 * restored from the last committed checkpoint.
 */
export async function runStagePartition(options: StagePartitionOptions): Promise<void> {
  const { context, group, topic, name, partition, revoked, telemetry, log } = options;
  const key = `${topic}[${partition}]`;
  context.health.block(key, `${key} is being opened`);
  const known: Known = { offset: 0 };
  for (let failures = 0; !revoked.aborted; ) {
    const output = options.output();
    try {
      await session(options, output, known, () => {
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
      // Only a member in good standing may fence whoever holds the partition now.
      await options.member.confirmed(revoked);
    } finally {
      await output.close().catch((error: unknown) => log.debug({ error }, 'closing the producer'));
    }
  }
  context.health.clear(key);
  telemetry.released(group, name, partition);
}

/** What this process has seen of the partition while it held it. */
interface Known {
  /** The highest offset that was committed. */
  offset: number;
}

async function session(
  options: StagePartitionOptions,
  output: TransactionalOutput,
  known: Known,
  committed: () => void,
): Promise<void> {
  const { context, group, topic, name, partition, revoked, reader, telemetry } = options;
  const { stage, decoder, version } = options.binding;
  const startedWith = version?.();
  const { clock, config } = context;
  const intervalMs = config.kafka.commitIntervalMs;

  const checkpoint = await output.open();
  // A coordinator that loads its partition twice at once, as Kafka 4.1.1's may when its leader changes
  // again while it loads, answers with what was committed long ago until it is done.
  if ((checkpoint?.offset ?? 0) < known.offset)
    throw new TactusError(
      'TACTUS_KAFKA_UNAVAILABLE',
      `the group's coordinator says offset ${checkpoint?.offset ?? 'none'} of ${topic}[${partition}], ${known.offset} was committed before`,
    );
  const range = await reader.range(topic, partition);
  let state = await restore(options, checkpoint);
  const from = checkpoint?.offset ?? range.start;
  const feed = new PartitionFeed(topic, partition, from, {
    onRoom: () => reader.wake(),
    freshMs: freshMs(config.kafka.fetchMaxWaitMs),
  });
  const key = `${topic}[${partition}]`;
  const labels = { group, topic: name, partition };
  const replay = new Progress(from, stage.replayUntil?.(state) ?? from, {
    what: 'state from the log',
    remaining: (records) => telemetry.replaying(labels, records),
    log: options.log,
  });
  const refusals = new Refusals(options.log);
  const origin = { worker: context.name, topic };
  const commits = new Commits(
    clock.now(),
    (lastCommit) => new Pending(options.deadLetters, origin, lastCommit),
  );
  const catchUpMs = Math.max(intervalMs, CATCH_UP_COMMIT_MS);
  const dueInMs = () => commits.pending.dueIn(clock.now(), feed.behind ? catchUpMs : intervalMs);
  let lastTick = clock.now();
  reader.add(feed, from);
  try {
    if (range.end <= from) committed();
    while (!revoked.aborted && version?.() === startedWith) {
      commits.check();
      const batch = await feed.next(Math.min(dueInMs(), TICK_MS), revoked);
      if (batch !== null) {
        await decoder.prepare(batch, revoked);
        // Cut off in the middle of waiting for the registry: the batch is not done.
        if (revoked.aborted) break;
        const result = stage.step(state, batch, clock.now());
        state = result.state;
        telemetry.received(group, name, batch.length);
        commits.pending.add(result, batch, clock.now());
        refusals.warn(result.refusals, batch, clock.now());
        commits.pending.stepped(result, batch);
        replay.reached(batch.nextOffset);
      }
      if (!replay.running && clock.now() - lastTick >= TICK_MS) {
        lastTick = clock.now();
        const tick = feed.tick(topic);
        const result = stage.step(state, tick, lastTick);
        state = result.state;
        if (result.outputs.length + result.changes.length > 0) commits.pending.add(result, tick, lastTick);
        telemetry.lag(group, name, partition, feed.lag);
        if (feed.silentMs > SILENT_MS) context.health.block(key, `${key}: no answer from its broker`);
        else if (commits.idle) context.health.clear(key);
      }
      // Half a replayed state would make a checkpoint that forgets the other half.
      if (!replay.running && dueInMs() === 0) await commits.begin(clock.now(), commit);
    }
    if (!replay.running && commits.pending.since !== null) await commits.begin(clock.now(), commit);
    await commits.finish();
  } finally {
    reader.remove(feed);
    await commits.settled();
    stage.release?.(state);
  }

  async function commit({ outputs, changes, codes }: Pending): Promise<void> {
    const started = performance.now();
    const checkpoint = stage.checkpoint(state);
    const sent = outputs.map(({ topics }) => topics);
    await output.commit({ outputs, changes, checkpoint });
    known.offset = checkpoint.offset;
    telemetry.committed((performance.now() - started) / 1000);
    for (const topics of sent) telemetry.sent(topics);
    for (const code of codes) telemetry.refused(code);
    committed();
  }
}

/** The state as of the last commit. */
async function restore(options: StagePartitionOptions, checkpoint: Checkpoint | null): Promise<never> {
  const { group, name, partition, revoked, reader, telemetry, log } = options;
  const { stage, changelog } = options.binding;
  const saved: Saved = { topic: name, partition, checkpoint, changelog: new Map() };
  if (changelog === undefined) return stage.restore(saved);
  const reading = {
    reader,
    topic: options.prefix + changelog,
    partition,
    signal: revoked,
    log,
    remaining: (records: number) => telemetry.restoring({ group, topic: name, partition }, records),
  };
  if (stage.recall === undefined) return stage.restore({ ...saved, changelog: await latestOf(reading) });
  const state = stage.restore(saved);
  await readChangelog(reading, (change) => stage.recall?.(state, change));
  return state;
}
