import { requireSuccess } from '../../../shared/adapters/kafka/protocol/answers.js';
import { FlexibleWriter } from '../../../shared/adapters/kafka/protocol/flexible.js';
import { flexibleRequests, type PartsRequest } from '../../../shared/adapters/kafka/protocol/requests.js';

/* Requests that the workers have no use for (Kafka protocol guide). */

export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

const TIMEOUT_MS = 10_000;
/** Type of an election: the one that is the first of the replicas becomes leader. */
const PREFERRED = 0;
const ELECTION_NOT_NEEDED = 84;

const request = flexibleRequests(TIMEOUT_MS);

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
  const body = new FlexibleWriter().int8(PREFERRED);
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
