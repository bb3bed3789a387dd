import { type Consumer, type Kafka, PartitionAssigners } from 'kafkajs';
import type { Config } from '../../../config/load.js';
import type { TactusError } from '../../../core/errors.js';
import type { Checkpoint } from '../../../core/stage.js';
import type { Assignment, GroupMember } from '../../../ports/log.js';
import type { WorkerContext } from '../../../process/context.js';
import { untilItWorks } from '../../../process/wait.js';
import { kafkaError } from '../client.js';
import { accessRefused } from '../security/access.js';
import { MembershipWatch } from './membership.js';
import './runner-retries.js';

const HEARTBEAT_INTERVAL_MS = 1_000;
/** Of the session time-out, for a coordinator that does not answer; another one may have to be found, and asked. */
const SILENT_SHARE = 0.3;
/** For so long kafkajs sleeps while all partitions are paused, before it sends its heartbeat. */
const IDLE_POLL_MS = 250;
/** New partitions of a topic are assigned within this time. */
const METADATA_MAX_AGE_MS = 5_000;

/**
 * Joins a consumer group through kafkajs, which only handles membership, heartbeats and offsets: every
 * assigned partition is paused there and read by the {@link LogReader}. Heartbeats thus never wait for
 * processing, and a long batch causes no rebalance.
 *
 * @param options.rejoining is awaited before each JoinGroup, several times in a row where joining fails: the last
 *   opportunity to commit for this generation. It must end well within the session time-out, and not reject.
 * @param options.assigned receives the whole assignment after each rebalance, the first time before this
 *   function resolves; hence it receives the membership too
 * @param options.transactionalId of the member's transactions, which others leave alone as long as it is one
 */
export async function joinGroup(
  kafka: Kafka,
  context: WorkerContext,
  options: {
    groupId: string;
    topics: readonly string[];
    rejoining?: () => Promise<void>;
    assigned: (assignment: Assignment, member: GroupMember) => void;
    transactionalId?: () => string;
  },
): Promise<GroupMember> {
  const { log, config, health, stopping } = context;
  const admin = kafka.admin();
  let consumer: Consumer | null = null;
  const joining = `joining the group ${options.groupId}`;
  // Without partitions, or with those of before, it does nothing that anybody may rely on.
  health.block(joining, joining);
  let left = false;
  const waitingToConfirm = new Set<() => void>();
  const confirm = () => {
    for (const resolve of waitingToConfirm) resolve();
  };

  const member: GroupMember = {
    confirmed: (signal) =>
      new Promise((resolve) => {
        const done = () => {
          waitingToConfirm.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        if (signal.aborted) return resolve();
        waitingToConfirm.add(done);
        signal.addEventListener('abort', done, { once: true });
      }),
    committed: async (topic, partition): Promise<Checkpoint | null> => {
      try {
        const [answer] = await admin.fetchOffsets({ groupId: options.groupId, topics: [topic] });
        const found = answer?.partitions.find((each) => each.partition === partition);
        if (found === undefined || Number(found.offset) < 0) return null;
        const metadata = found.metadata ?? '';
        return { offset: Number(found.offset), metadata, topicId: topicIdOf(metadata) };
      } catch (error) {
        throw kafkaError(error, `asking for the committed offset of ${topic}[${partition}]`);
      }
    },
    commit: async (topic, partition, offset, topicId) => {
      try {
        if (consumer === null) throw new Error('not a member of the group yet');
        const metadata = topicId === null ? '' : JSON.stringify({ topicId });
        await consumer.commitOffsets([{ topic, partition, offset: String(offset), metadata }]);
      } catch (error) {
        throw kafkaError(error, `committing ${topic}[${partition}]`);
      }
    },
    leave: () => {
      left = true;
      return leave(consumer, admin);
    },
  };

  const start = async (): Promise<Consumer> => {
    const watch = new MembershipWatch(
      options.rejoining ?? (async () => {}),
      (assignment) => {
        const { membership, continuous, partitions } = assignment;
        const { generationId: generation } = membership;
        log.info(
          { partitions: partitions.length, group: options.groupId, generation, continuous },
          'partitions assigned',
        );
        options.assigned(assignment, member);
        health.clear(joining);
      },
      config.kafka.sessionTimeoutMs * SILENT_SHARE,
      options.transactionalId,
    );
    const fresh = newConsumer(kafka, config, options.groupId, watch);
    fresh.on(fresh.events.HEARTBEAT, confirm);
    fresh.on(fresh.events.GROUP_JOIN, ({ payload }) => {
      const assignment = Object.entries(payload.memberAssignment);
      fresh.pause(assignment.map(([topic, partitions]) => ({ topic, partitions })));
      confirm();
    });
    let joined = false;
    let refused: TactusError | null = null;
    fresh.on(fresh.events.CRASH, ({ payload }) => {
      const { error, restart } = payload;
      refused = accessRefused(error, `joining the group ${options.groupId}`);
      // Whoever joins takes it from there.
      if (refused !== null && !joined) return;
      if (!left) health.block(joining, joining);
      log.warn({ error }, `group membership lost, joining again: ${error.message}`);
      // kafkajs treats some errors of an unreachable broker as final and stops.
      if (!restart && !left) restartLater();
    });
    try {
      await fresh.connect();
      await fresh.subscribe({ topics: [...options.topics], fromBeginning: true });
      await fresh.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async ({ batch, pause }) => {
          // Fetched between joining and pausing: the log reader reads these records as well.
          pause();
          log.trace({ topic: batch.topic, partition: batch.partition }, 'left to the log reader');
        },
      });
      // kafkajs says by its event alone that it has not joined.
      if (refused !== null) throw refused as TactusError;
      joined = true;
      return fresh;
    } catch (error) {
      await fresh.disconnect().catch((late: unknown) => log.debug({ error: late }, 'dropping a consumer'));
      throw kafkaError(error, 'joining the consumer group');
    }
  };
  const waiting = { what: 'Kafka', signal: stopping, log, health };
  const restartLater = () => {
    untilItWorks(start, waiting).then(
      (fresh) => {
        consumer = fresh;
        if (left) void leave(fresh, admin);
      },
      (error: unknown) => log.debug({ error }, 'stopping: not joining again'),
    );
  };

  await untilItWorks(async () => {
    try {
      await admin.connect();
    } catch (error) {
      throw kafkaError(error, 'connecting to Kafka');
    }
  }, waiting);
  consumer = await untilItWorks(start, waiting);
  return member;
}

/** As `commit` writes it; null for offsets of earlier builds, and those that a tool has set. */
function topicIdOf(metadata: string): string | null {
  return /^\{"topicId":"([\w-]+)"\}$/.exec(metadata)?.[1] ?? null;
}

async function leave(consumer: Consumer | null, admin: ReturnType<Kafka['admin']>): Promise<void> {
  await Promise.allSettled([consumer?.disconnect(), admin.disconnect()]);
}

function newConsumer(kafka: Kafka, config: Config, groupId: string, watch: MembershipWatch): Consumer {
  return kafka.consumer({
    groupId: groupId,
    // The second is for members of a version that knows no other.
    partitionAssigners: [watch.assigner(), PartitionAssigners.roundRobin],
    metadataMaxAge: METADATA_MAX_AGE_MS,
    sessionTimeout: config.kafka.sessionTimeoutMs,
    rebalanceTimeout: Math.max(config.kafka.sessionTimeoutMs, 30_000),
    heartbeatInterval: HEARTBEAT_INTERVAL_MS,
    maxWaitTimeInMs: IDLE_POLL_MS,
    allowAutoTopicCreation: false,
    // Retried for ever, like every other server error.
    retry: { initialRetryTime: 50, maxRetryTime: 2_000, retries: 10, restartOnFailure: async () => true },
  });
}
