import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';
import type { Assignment } from '../../../ports/log.js';
import { decodeMemberData, encodeMemberData } from '../protocol/member-data.js';
import { FollowedCoordinator, isWithoutCoordinator } from './followed-coordinator.js';
import { stickyAssignment } from './sticky-assignment.js';

const NAME = 'TactusStickyAssigner';
const VERSION = 0;

/** The coordinator's requests that make somebody a member, and those that a member makes. */
interface GroupCoordinator {
  joinGroup(request: object): Promise<unknown>;
  heartbeat(request: object): Promise<unknown>;
  syncGroup(request: { generationId: number; memberId: string }): Promise<{ memberAssignment: Buffer }>;
  leaveGroup(request: object): Promise<unknown>;
  offsetCommit(request: object): Promise<unknown>;
  isConnected(): boolean;
}

interface ConsumerCluster {
  findGroupCoordinator(request: object): Promise<GroupCoordinator>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number }[];
}

/**
 * What the group has given to a consumer, from SyncGroup itself: kafkajs sets member and generation after
 * JoinGroup already, when the assignment is still that of the generation before.
 */
export class MembershipWatch {
  #assignment: Assignment | null = null;
  /** From before JoinGroup until SyncGroup has succeeded. */
  #joining = false;

  /**
   * @param rejoining is awaited before each JoinGroup
   * @param assigned receives what each SyncGroup gives, whatever becomes of the consumer's own part of the rebalance:
   *   no generation is passed over
   * @param silentMs a coordinator that answers no heartbeat for so long has moved; well within the session time-out
   * @param transactionalId of its transactions, for others who ask whether somebody is still at work with it
   */
  constructor(
    private readonly rejoining: () => Promise<void>,
    private readonly assigned: (assignment: Assignment) => void,
    private readonly silentMs: number,
    private readonly transactionalId?: () => string,
  ) {}

  /** For the consumer's `partitionAssigners`, the only place where kafkajs hands out its cluster. */
  assigner(): PartitionAssigner {
    return ({ cluster }) => {
      const watched = cluster as unknown as ConsumerCluster;
      this.#watch(watched);
      return {
        name: NAME,
        version: VERSION,
        protocol: ({ topics }) => ({ name: NAME, metadata: this.#metadata(topics) }),
        assign: async ({ members, topics }) => {
          const partitions = topics.map((topic) => {
            const known = watched.findTopicPartitionMetadata(topic);
            return [topic, known.map(({ partitionId }) => partitionId)] as const;
          });
          const known = members.map(({ memberId, memberMetadata }) => ({
            memberId,
            ...decodeMemberData(memberMetadata),
          }));
          const assigned = stickyAssignment(known, new Map(partitions));
          return [...assigned].map(([memberId, byTopic]) => {
            const assignment = Object.fromEntries(byTopic) as Record<string, number[]>;
            const userData = Buffer.alloc(0);
            return {
              memberId,
              memberAssignment: AssignerProtocol.MemberAssignment.encode({
                ...{ version: VERSION, assignment, userData },
              }),
            };
          });
        },
      };
    };
  }

  #metadata(topics: string[]): Buffer {
    const owned: Record<string, number[]> = {};
    for (const { topic, partition } of this.#assignment?.partitions ?? []) {
      owned[topic] ??= [];
      owned[topic].push(partition);
    }
    const generation = this.#assignment?.membership.generationId ?? -1;
    return encodeMemberData({ topics, generation, owned, transactionalId: this.transactionalId?.() });
  }

  #watch(cluster: ConsumerCluster): void {
    const find = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (request) => {
      const followed = new FollowedCoordinator(() => find(request), await find(request));
      const watched: GroupCoordinator = Object.create(followed.current);
      watched.joinGroup = async (join) => {
        this.#joining = true;
        await this.rejoining();
        return await followed.ask((coordinator) => coordinator.joinGroup(join));
      };
      watched.syncGroup = async (sync) => {
        // Otherwise a member that learns later of new partitions would have the group joined once more.
        await cluster.refreshMetadata();
        const answer = await followed.ask((coordinator) => coordinator.syncGroup(sync));
        this.#synced(sync, answer.memberAssignment);
        return answer;
      };
      watched.heartbeat = async (beat) => {
        if (this.#joining) throw new JoiningError();
        try {
          return await followed.ask((coordinator) => coordinator.heartbeat(beat), this.silentMs);
        } catch (error) {
          throw isWithoutCoordinator(error) ? new NoCoordinatorError(error) : error;
        }
      };
      watched.leaveGroup = (leave) =>
        followed.ask((coordinator) => coordinator.leaveGroup(leave), this.silentMs);
      watched.offsetCommit = (commit) => followed.ask((coordinator) => coordinator.offsetCommit(commit));
      // kafkajs would put the broker that it has joined through in its place, whoever coordinates the group now.
      watched.isConnected = () => true;
      return watched;
    };
  }

  #synced({ memberId, generationId }: { memberId: string; generationId: number }, bytes: Buffer): void {
    const before = this.#assignment?.membership;
    const decoded = AssignerProtocol.MemberAssignment.decode(bytes)?.assignment ?? {};
    this.#assignment = {
      membership: { memberId, generationId },
      continuous: before?.memberId === memberId && before.generationId + 1 === generationId,
      partitions: Object.entries(decoded).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      ),
    };
    this.#joining = false;
    this.assigned(this.#assignment);
  }
}

/**
 * When a connection is lost in the middle of joining, kafkajs goes on with what it had before, and the group takes
 * its heartbeats: it would stay a member for ever that does not know what it was assigned. It joins again for this
 * error, which is one of the group's own.
 */
class JoiningError extends Error {
  readonly type = 'REBALANCE_IN_PROGRESS';

  constructor() {
    super('the group has not been joined to the end');
  }
}

/**
 * kafkajs joins the group again where a broker answers that it does not coordinate it. The group has its members all
 * the same, and one that beats again in time stays one: it repeats the heartbeat for this error, which it does not know.
 */
class NoCoordinatorError extends Error {
  constructor(cause: unknown) {
    super('no broker coordinates the group at the moment', { cause });
  }
}
