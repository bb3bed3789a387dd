import type { OffsetRange, ReadLog } from '../../ports/log.js';
import { requireLeader } from './cluster-metadata.js';
import type { InternalCluster } from './internals.js';
import { AnswerError, NOT_LEADER_OR_FOLLOWER, requireSuccess } from './protocol/answers.js';
import {
  type AskedPartition,
  EARLIEST,
  epochEnds,
  LATEST,
  listOffsets,
  type PartitionOffset,
} from './protocol/list-offsets.js';
import { metadataRequest } from './protocol/metadata.js';
import { sendParts } from './send-parts.js';

const SILENT_MS = 10_000;

/** A partition as somebody has read it from its leader. */
export interface ReadSoFar {
  readonly topic: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  /** Epoch of the records that were read last; -1 where it is not known. */
  readonly epoch: number;
}

/** What a leader says before it is read from. */
export interface LeaderStart {
  /** 0 once it knows of everything that its predecessors have acknowledged. */
  readonly code: number;
  /** Where the records end that it shares with what was read; -1 where it does not know. */
  readonly sharedEnd: number;
}

/** Asks the leaders of partitions where their logs begin and end. Who does not lead any more refuses. */
export class LogOffsets {
  constructor(private readonly cluster: InternalCluster) {}

  /**
   * Also says which log it is, by the word of the leader itself. Learns anew who leads when that is somebody else.
   *
   * @param read asks where the log parts from that
   */
  async range(topic: string, partition: number, read: ReadLog = {}): Promise<OffsetRange> {
    await this.cluster.addMultipleTargetTopics([topic]);
    try {
      return await this.#range(topic, partition, read);
    } catch (error) {
      if (!(error instanceof AnswerError) || error.remedy !== 'moved') throw error;
      await this.cluster.refreshMetadata();
      return await this.#range(topic, partition, read);
    }
  }

  /** The ends of partitions of a physical topic, records of open transactions included. */
  async ends(topic: string, partitions: readonly number[]): Promise<Map<number, number>> {
    await this.cluster.addMultipleTargetTopics([topic]);
    const asked = partitions.map((partition) => {
      const { nodeId, epoch } = requireLeader(this.cluster, topic, partition);
      return { nodeId, topic, partition, leaderEpoch: epoch };
    });
    const answers = await Promise.all(
      [...Map.groupBy(asked, ({ nodeId }) => nodeId)].map(([nodeId, same]) =>
        this.#send(nodeId, listOffsets(same, LATEST)),
      ),
    );
    const ends = new Map(answers.flat().map((answer) => [answer.partition, offsetOf(answer)]));
    if (ends.size < partitions.length) throw new Error(`the broker did not name all offsets of ${topic}`);
    return ends;
  }

  /** Where the logs of partitions end that one broker leads, records included that are not on their other replicas yet. */
  async appended(nodeId: string, partitions: readonly AskedPartition[]): Promise<PartitionOffset[]> {
    return await this.#send(nodeId, listOffsets(partitions, LATEST, true));
  }

  /** Of partitions that one broker leads, in order. */
  async starts(nodeId: string, partitions: readonly ReadSoFar[]): Promise<LeaderStart[]> {
    const read = partitions.filter(({ epoch }) => epoch >= 0);
    const [ends, shared] = await Promise.all([
      this.#send(nodeId, listOffsets(partitions, LATEST)),
      read.length === 0 ? [] : this.#send(nodeId, epochEnds(read)),
    ]);
    return partitions.map((one) => {
      const end = answerFor(ends, one);
      const of = one.epoch < 0 ? null : answerFor(shared, one);
      return { code: end.code === 0 ? (of?.code ?? 0) : end.code, sharedEnd: of?.offset ?? -1 };
    });
  }

  async #range(topic: string, partition: number, { topicId, epoch }: ReadLog): Promise<OffsetRange> {
    const { nodeId, epoch: leaderEpoch } = requireLeader(this.cluster, topic, partition);
    const asked = [{ topic, partition, leaderEpoch }];
    const [{ topicMetadata }, [start], [end]] = await Promise.all([
      this.#send(nodeId, metadataRequest([topic])),
      this.#send(nodeId, listOffsets(asked, EARLIEST)),
      this.#send(nodeId, listOffsets(asked, LATEST)),
    ]);
    const own = topicMetadata[0]?.partitionMetadata.find(({ partitionId }) => partitionId === partition);
    if (own?.leader !== Number(nodeId) || start === undefined || end === undefined)
      throw new AnswerError(NOT_LEADER_OR_FOLLOWER, `asking for the offsets of ${topic}[${partition}]`);
    const range = { start: offsetOf(start), end: offsetOf(end), topicId: own.topicId };
    if (epoch === undefined || topicId !== own.topicId) return range;
    if (epoch > leaderEpoch)
      throw new AnswerError(
        NOT_LEADER_OR_FOLLOWER,
        `${topic}[${partition}] has a later leader than is known`,
      );
    const [shared] = await this.#send(nodeId, epochEnds([{ topic, partition, leaderEpoch, epoch }]));
    const sharedEnd = shared === undefined ? -1 : offsetOf(shared);
    if (sharedEnd < 0) return range;
    return { ...range, sharedEnd: Math.max(range.start, Math.min(sharedEnd, range.end)) };
  }

  async #send<T>(nodeId: string, request: Parameters<typeof sendParts<T>>[1]): Promise<T> {
    return await sendParts(await this.cluster.findBroker({ nodeId }), request, SILENT_MS);
  }
}

function offsetOf({ topic, partition, code, offset }: PartitionOffset): number {
  requireSuccess(code, `asking for the offsets of ${topic}[${partition}]`);
  return offset;
}

function answerFor(answers: readonly PartitionOffset[], { topic, partition }: ReadSoFar): PartitionOffset {
  const found = answers.find((each) => each.partition === partition && each.topic === topic);
  if (found === undefined) throw new Error(`the broker did not answer for ${topic}[${partition}]`);
  return found;
}
