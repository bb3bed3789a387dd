import { requireSuccess } from '../../../shared/adapters/kafka/protocol/answers.js';
import { FlexibleReader, FlexibleWriter } from '../../../shared/adapters/kafka/protocol/flexible.js';
import type { PartsRequest } from '../../../shared/adapters/kafka/protocol/requests.js';

/* Requests that the workers have no use for (Kafka protocol guide). */

/** A partition of a physical topic, as one broker knows it. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** -1 for none. */
  readonly leader: number;
  /** The first is the preferred leader. */
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

const TIMEOUT_MS = 10_000;
const LATEST = -1n;
/** Type 0 of an election: the one that is the first of the replicas becomes leader. */
const PREFERRED = false;
const ELECTION_NOT_NEEDED = 84;

const request = <T>(
  apiName: string,
  apiKey: number,
  apiVersion: number,
  body: FlexibleWriter,
  decode: (reader: FlexibleReader) => T,
): PartsRequest<T> => ({
  ...{ apiName, apiKey, apiVersion, flexible: true, requestTimeoutMs: TIMEOUT_MS, parts: [body.take()] },
  decode: (payload) => {
    const reader = new FlexibleReader(payload);
    reader.tags();
    return decode(reader);
  },
});

const int32s = (reader: FlexibleReader) => reader.compactArray(() => reader.int32());
/** One byte, 0 or 1, as it is in a varint. */
const boolean = (reader: FlexibleReader) => reader.unsignedVarint() === 1;

/** Every partition of every topic. */
export function metadata(): PartsRequest<PartitionState[]> {
  const everyTopic = 0;
  const body = new FlexibleWriter().unsignedVarint(everyTopic).boolean(false).boolean(false).boolean(false);
  return request('Metadata', 3, 9, body.noTags(), (reader) => {
    reader.int32();
    reader.compactArray(() => {
      reader.int32();
      reader.compactString();
      reader.int32();
      reader.compactString();
      reader.tags();
    });
    reader.compactString();
    reader.int32();
    const topics = reader.compactArray(() => {
      reader.int16();
      const topic = reader.compactString() ?? '';
      boolean(reader);
      const partitions = reader.compactArray(() => {
        // A partition without a leader has an error, and all the rest.
        reader.int16();
        const [partition, leader] = [reader.int32(), reader.int32()];
        reader.int32();
        const [replicas, isr] = [int32s(reader), int32s(reader)];
        int32s(reader);
        reader.tags();
        return { topic, partition, leader, replicas, isr };
      });
      reader.int32();
      reader.tags();
      return partitions;
    });
    return topics.flat();
  });
}

/** The broker that coordinates a group or a transactional id. */
export function findCoordinator(of: 'group' | 'transaction', id: string): PartsRequest<number> {
  const body = new FlexibleWriter().compactString(id).boolean(of === 'transaction');
  return request('FindCoordinator', 10, 3, body.noTags(), (reader) => {
    reader.int32();
    const code = reader.int16();
    reader.compactString();
    requireSuccess(code, `looking for the coordinator of the ${of} ${id}`);
    return reader.int32();
  });
}

/** Ends of partitions that the broker leads, by partition; others have none. */
export function ends(topic: string, partitions: readonly number[]): PartsRequest<Map<number, number>> {
  const body = new FlexibleWriter().int32(-1).boolean(false);
  body.compactArray([topic], () => {
    body.compactString(topic);
    body.compactArray(partitions, (partition) => {
      body.int32(partition).int32(-1).int64(LATEST).noTags();
    });
    body.noTags();
  });
  return request('ListOffsets', 2, 6, body.noTags(), (reader) => {
    reader.int32();
    const found = new Map<number, number>();
    reader.compactArray(() => {
      reader.compactString();
      reader.compactArray(() => {
        const [partition, code] = [reader.int32(), reader.int16()];
        reader.int64();
        const offset = Number(reader.int64());
        if (code === 0) found.set(partition, offset);
        reader.int32();
        reader.tags();
      });
      reader.tags();
    });
    return found;
  });
}

/** Moves partitions to these replicas; those that have them already only change their order. */
export function reassign(
  moves: readonly (Partition & { readonly replicas: readonly number[] })[],
): PartsRequest<void> {
  const body = new FlexibleWriter().int32(TIMEOUT_MS);
  body.compactArray([...Map.groupBy(moves, ({ topic }) => topic)], ([topic, partitions]) => {
    body.compactString(topic).compactArray(partitions, ({ partition, replicas }) => {
      body.int32(partition).compactArray(replicas, (replica) => void body.int32(replica));
      body.noTags();
    });
    body.noTags();
  });
  return request('AlterPartitionReassignments', 45, 0, body.noTags(), (reader) => {
    reader.int32();
    requireSuccess(reader.int16(), 'reassigning partitions');
    reader.compactString();
    reader.compactArray(() => {
      const topic = reader.compactString();
      reader.compactArray(() => {
        const partition = reader.int32();
        requireSuccess(reader.int16(), `reassigning ${topic}[${partition}]`);
        reader.compactString();
        reader.tags();
      });
      reader.tags();
    });
  });
}

/** Has the preferred leaders elected. */
export function electPreferred(partitions: readonly Partition[]): PartsRequest<void> {
  const body = new FlexibleWriter().boolean(PREFERRED);
  body.compactArray([...Map.groupBy(partitions, ({ topic }) => topic)], ([topic, same]) => {
    body.compactString(topic).compactArray(same, ({ partition }) => void body.int32(partition));
    body.noTags();
  });
  return request('ElectLeaders', 43, 2, body.int32(TIMEOUT_MS).noTags(), (reader) => {
    reader.int32();
    requireSuccess(reader.int16(), 'electing leaders');
    reader.compactArray(() => {
      const topic = reader.compactString();
      reader.compactArray(() => {
        const [partition, code] = [reader.int32(), reader.int16()];
        if (code !== ELECTION_NOT_NEEDED) requireSuccess(code, `electing a leader of ${topic}[${partition}]`);
        reader.compactString();
        reader.tags();
      });
      reader.tags();
    });
  });
}
