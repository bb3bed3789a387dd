import { requireSuccess } from './answers.js';
import { type FlexibleReader, FlexibleWriter } from './flexible.js';
import { decodeMemberData, type MemberData } from './member-data.js';
import { flexibleRequests, type PartsRequest } from './requests.js';

const TIMEOUT_MS = 10_000;

/** A consumer group as its coordinator knows it. */
export interface GroupDescription {
  /** As Kafka names it: `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty`, or `Dead` for one that there is not. */
  readonly state: string;
  readonly members: readonly MemberData[];
}

/** State and members of a consumer group (DescribeGroups version 5, Kafka 2.4 and later). */
export function describeGroup(groupId: string): PartsRequest<GroupDescription> {
  const body = new FlexibleWriter();
  body.compactArray([groupId], (id) => void body.compactString(id));
  body.boolean(false).noTags();
  return flexibleRequests(TIMEOUT_MS)('DescribeGroups', 15, 5, body, (reader) => read(reader, groupId));
}

/** True while the group assigns partitions anew, when its members do not say what they have. */
export function isRebalancing({ state }: Pick<GroupDescription, 'state'>): boolean {
  return state === 'PreparingRebalance' || state === 'CompletingRebalance';
}

function read(reader: FlexibleReader, groupId: string): GroupDescription {
  reader.int32();
  const [found] = reader.compactArray(() => {
    requireSuccess(reader.int16(), `describing the group ${groupId}`);
    reader.compactString();
    const state = reader.compactString() ?? '';
    reader.compactString();
    reader.compactString();
    const members = reader.compactArray(() => {
      for (let texts = 0; texts < 4; texts++) reader.compactString();
      const data = decodeMemberData(reader.compactBytes());
      reader.compactBytes();
      reader.tags();
      return data;
    });
    reader.int32();
    reader.tags();
    return { state, members };
  });
  return found ?? { state: 'Dead', members: [] };
}
