import { requireSuccess } from './answers.js';
import { type FlexibleReader, FlexibleWriter } from './flexible.js';
import { decodeMemberData, type MemberData } from './member-data.js';
import { flexibleRequests, type PartsRequest } from './requests.js';

const TIMEOUT_MS = 10_000;

/**
 * The members of a consumer group (DescribeGroups version 5, Kafka 2.4 and later); null while the group assigns
 * partitions anew, when it does not say.
 */
export function describeGroup(groupId: string): PartsRequest<readonly MemberData[] | null> {
  const body = new FlexibleWriter();
  body.compactArray([groupId], (id) => void body.compactString(id));
  body.boolean(false).noTags();
  return flexibleRequests(TIMEOUT_MS)('DescribeGroups', 15, 5, body, (reader) => read(reader, groupId));
}

function read(reader: FlexibleReader, groupId: string): readonly MemberData[] | null {
  reader.int32();
  const [found = null] = reader.compactArray(() => {
    requireSuccess(reader.int16(), `describing the group ${groupId}`);
    reader.compactString();
    const state = reader.compactString();
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
    return state === 'PreparingRebalance' || state === 'CompletingRebalance' ? null : members;
  });
  return found;
}
