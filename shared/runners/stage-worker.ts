import type { TopicName } from '../../topics/names.js';
import { Codecs } from '../adapters/avro/codecs.js';
import { createKafka } from '../adapters/kafka/client.js';
import { joinGroup } from '../adapters/kafka/consume/group-member.js';
import { LogReader } from '../adapters/kafka/consume/log-reader.js';
import { transactionalOutput } from '../adapters/kafka/produce/transactional-output.js';
import type { Codec } from '../adapters/kafka/protocol/compression.js';
import { TactusError } from '../core/errors.js';
import type { WorkerContext } from '../process/context.js';
import { untilItWorks } from '../process/wait.js';
import { requireChangelogPartitions } from './changelog-partitions.js';
import { PartitionSet } from './partition-set.js';
import type { StageBinding } from './stage-binding.js';
import { runStagePartition } from './stage-partition.js';
import { pipelineTelemetry } from './telemetry.js';

export interface StagesOptions {
  /** Consumer group, without the prefix. */
  readonly group: string;
  readonly stages: Partial<Record<TopicName, StageBinding<never>>>;
}

/**
 * Runs stages over their input topics, which are shared with the other instances of the group: one state
 * per assigned partition, and one transaction per commit interval with outputs, dead letters, changelog
 * and checkpoint.
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
  await untilItWorks(() => reader.connect(), { what: 'Kafka', signal: stopping, log, health });
  for (const [name, { changelog }] of Object.entries(options.stages))
    if (changelog !== undefined)
      await untilItWorks(() => requireChangelogPartitions(reader, prefix + name, prefix + changelog), {
        ...{ what: 'Kafka', signal: stopping, log, health },
      });
  const deadLetters = await new Codecs(context).encoder('dlq');

  const partitions = new PartitionSet(async ({ topic, partition }, member, revoked) => {
    const name = topic.slice(prefix.length) as TopicName;
    const binding = options.stages[name];
    if (binding === undefined)
      return context.fail(
        new TactusError('TACTUS_INVARIANT', `assigned ${topic}, which was not subscribed to`),
      );
    await runStagePartition({
      context,
      group: options.group,
      topic,
      name,
      partition,
      revoked,
      binding,
      reader,
      member,
      telemetry,
      deadLetters,
      prefix,
      log: log.child({ topic, partition }),
      output: () =>
        transactionalOutput({
          kafka,
          member,
          prefix,
          codec: config.kafka.compression as Codec,
          groupId,
          topic,
          partition,
          changelog: binding.changelog,
        }),
    });
  });
  const member = await joinGroup(kafka, context, {
    groupId,
    topics: Object.keys(options.stages).map((name) => prefix + name),
    assigned: (assignment, joined) => partitions.assign(assignment.partitions, joined),
  });

  return async () => {
    await partitions.stop();
    await Promise.allSettled([member.leave(), reader.close()]);
  };
}
