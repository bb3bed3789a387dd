import { requireSuccess } from './answers.js';
import { FlexibleWriter } from './flexible.js';
import { flexibleRequests, type PartsRequest } from './requests.js';

const TIMEOUT_MS = 10_000;
const ONGOING = 'Ongoing';

const request = flexibleRequests(TIMEOUT_MS);

/** The transactional ids with an open transaction that a broker coordinates (KIP-664, Kafka 3.0 and later). */
export function listOngoing(): PartsRequest<string[]> {
  const body = new FlexibleWriter();
  body.compactArray([ONGOING], (state) => void body.compactString(state));
  body.compactArray([], () => {});
  return request('ListTransactions', 66, 0, body.noTags(), (reader) => {
    reader.int32();
    requireSuccess(reader.int16(), 'listing open transactions');
    reader.compactArray(() => reader.compactString());
    return reader.compactArray(() => {
      const id = reader.compactString() ?? '';
      reader.int64();
      reader.compactString();
      reader.tags();
      return id;
    });
  });
}

/** When the open transaction of an id began, by the clock of its coordinator; null without one. */
export function ongoingSince(transactionalId: string): PartsRequest<bigint | null> {
  const body = new FlexibleWriter();
  body.compactArray([transactionalId], (id) => void body.compactString(id));
  return request('DescribeTransactions', 65, 0, body.noTags(), (reader) => {
    reader.int32();
    const [found = null] = reader.compactArray(() => {
      requireSuccess(reader.int16(), `describing the transaction of ${transactionalId}`);
      reader.compactString();
      const state = reader.compactString();
      reader.int32();
      const began = reader.int64();
      reader.int64();
      reader.int16();
      reader.compactArray(() => {
        reader.compactString();
        reader.compactArray(() => reader.int32());
        reader.tags();
      });
      reader.tags();
      return state === ONGOING ? began : null;
    });
    return found;
  });
}
