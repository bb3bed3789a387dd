import { randomUUID } from 'node:crypto';
import type { TopicName } from '../../topics/names.js';
import { Codecs } from '../adapters/avro/codecs.js';
import { createKafka } from '../adapters/kafka/client.js';
import { joinGroup } from '../adapters/kafka/consume/group-member.js';
import { LogReader } from '../adapters/kafka/consume/log-reader.js';
import { workerTransactions } from '../adapters/kafka/produce/worker-transactions.js';
import { TactusError } from '../core/errors.js';
import { partitionKey } from '../core/partition-key.js';
import type { Assignment } from '../ports/log.js';
import type { WorkerContext } from '../process/context.js';
import { untilItWorks } from '../process/wait.js';
import { requireChangelogPartitions } from './changelog-partitions.js';
import type { HighestCommit } from './check-committed.js';
import { GroupLags } from './group-lags.js';
import { KnownPositions } from './known-positions.js';
import { PartitionSet } from './partition-set.js';
import { ProgressRecords } from './progress-records.js';
import { reportProgress } from './report-progress.js';
import type { StageBinding } from './stage-binding.js';
import { runStagePartition } from './stage-partition.js';
import { TakeOver } from './take-over.js';
import { pipelineTelemetry } from './telemetry.js';
import { TimeNotes } from './time-notes.js';
import { WorkerCommits } from './worker-commits.js';

/** How long a rebalance waits for what is not committed yet; no more than half the session, which runs on meanwhile. */
const FLUSH_MS = 5_000;

export interface StagesOptions {
  /** Consumer group, without the prefix. */
  readonly group: string;
  readonly stages: Partial<Record<TopicName, StageBinding<never>>>;
  /**
   * Called with the part of all partitions of the inputs that this process has, before it opens them, and how many
   * there are of each.
   */
  readonly share?: (share: number, partitions: Readonly<Partial<Record<TopicName, number>>>) => void;
}

/**
 * Runs stages over their input topics, which are shared with the other instances of the group: one state
 * per assigned partition, and one transaction per commit interval with the outputs, dead letters, changelog entries
 * and checkpoints of all of them.
 *
 * State is kept over a rebalance for the partitions that stay, as long as the group has had no generation without
 * this member: another may have owned them then.
 *
 * @returns stops the stages: commits what has been processed and leaves the group
 */
export async function runStages(
  context: WorkerContext,
  options: StagesOptions,
): Promise<() => Promise<void>> {
  const { config, log, health, stopping } = context;
  const prefix = config.kafka.topicPrefix;
  const groupId = prefix + options.group;
  const kafka = createKafka(context);
  const reader = new LogReader(kafka, context);
  const telemetry = pipelineTelemetry(context.metrics);
  const waiting = { what: 'Kafka', signal: stopping, log, health };
  await untilItWorks(() => reader.connect(), waiting);
  for (const [name, { changelog }] of Object.entries(options.stages))
    if (changelog !== undefined)
      await untilItWorks(
        () => requireChangelogPartitions(reader, prefix + name, prefix + changelog),
        waiting,
      );
  const deadLetters = await new Codecs(context).encoder('dlq');
  const notes = new TimeNotes(options.group, options.stages);
  await untilItWorks(() => notes.count(reader, prefix), waiting);

  const transactions = workerTransactions(context, { kafka, groupId });
  await untilItWorks(() => transactions.open(), waiting);
  const progress = new ProgressRecords(notes, prefix, `${options.group}|${randomUUID()}`);
  const commits = new WorkerCommits({
    context,
    transactions,
    intervalMs: config.kafka.commitIntervalMs,
    telemetry,
    notes: (times) => notes.ofCut(times),
    committed: (times, ends) => progress.committed(times, ends),
  });
  const positions = new KnownPositions(reader, `${prefix}state.progress`, options.group, stopping, log);
  const takeOver = new TakeOver(transactions, {
    before: () => positions.learn(),
    after: () => progress.takenOver(),
    stopping,
  });

  const lags = new GroupLags({ group: options.group, reader, telemetry, log });
  const highest = new Map<string, HighestCommit>();
  const highestOf = (key: string): HighestCommit => {
    const known = highest.get(key) ?? { offset: 0 };
    highest.set(key, known);
    return known;
  };

  const partitions = new PartitionSet(async ({ topic, partition }, revoked) => {
    const name = topic.slice(prefix.length) as TopicName;
    const binding = options.stages[name];
    if (binding === undefined)
      return context.fail(
        new TactusError('TACTUS_INVARIANT', `assigned ${topic}, which was not subscribed to`),
      );
    await runStagePartition({
      ...{ context, group: options.group, topic, name, partition, revoked, binding, reader, commits },
      ...{ telemetry, lags, deadLetters, prefix },
      takeOver: () => takeOver.of({ topic, partition }),
      known: () => positions.of(name, partition),
      highest: highestOf(partitionKey({ topic, partition })),
      log: log.child({ topic, partition }),
    });
  });
  const assigned = (assignment: Assignment): void => {
    const kept = new Set(assignment.continuous ? assignment.partitions.map(partitionKey) : []);
    for (const open of commits.open) if (!kept.has(partitionKey(open))) commits.remove(open);
    const counts = Object.fromEntries(notes.inputs.map(({ input, partitions }) => [input, partitions]));
    const most = Math.max(notes.partitions, assignment.partitions.length);
    options.share?.(assignment.partitions.length / most, counts);
    partitions.assign(assignment.partitions, assignment.continuous);
    commits.resume(assignment.membership);
  };
  const rejoining = async (): Promise<void> => {
    await commits.flush(AbortSignal.timeout(Math.min(FLUSH_MS, config.kafka.sessionTimeoutMs / 2)));
    commits.withhold();
  };
  const member = await joinGroup(kafka, context, {
    groupId,
    topics: Object.keys(options.stages).map((name) => prefix + name),
    rejoining,
    assigned,
    transactionalId: () => transactions.transactionalId,
  });

  const reporting = await reportProgress(context, notes, reader, async () => {
    await progress.learn(reader, log);
    return progress.take(commits.open);
  });

  return async () => {
    await reporting();
    await commits.flush(AbortSignal.timeout(config.shutdown.drainTimeoutMs));
    await partitions.stop();
    await commits.close();
    await lags.close();
    await Promise.allSettled([member.leave(), reader.close(), transactions.close()]);
  };
}
