import { TactusError } from '../../../../shared/core/errors.js';
import type { Answer, Format } from '../format.js';
import { refuseJson, rejectedOf, statusOf } from '../json/answers.js';
import { type Item, jsonOf, listItems } from '../json/body.js';
import {
  attributesOf,
  FieldError,
  type Fields,
  hashText,
  objectOf,
  optionalId,
  optionalTime,
  textField,
} from '../json/fields.js';
import { readItems, WithoutDuplicates } from '../json/items.js';
import type { Outcome } from '../outcome.js';

/*
 * Segment's HTTP API: `track` sends one call, `batch` several with their `type`. A track becomes an event of its name, any
 * other call one of its type.
 */

const TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'];
const NAMING: Readonly<Record<string, string>> = {
  page: 'name',
  screen: 'name',
  group: 'groupId',
  alias: 'previousId',
};

/** @param itemsOf gives the calls of a body */
function segment(name: string, itemsOf: (value: Fields) => readonly Item[]): Format {
  return {
    name,
    scope: 'write:events',
    plainEncoding: 'identity',
    overQuota: () => 429,
    decode(request, sink, outcome) {
      const unique = new WithoutDuplicates(outcome);
      let items: readonly Item[];
      try {
        items = itemsOf(objectOf('the body', jsonOf(request.body)));
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
        throw new TactusError('TACTUS_BODY_UNDECODABLE', error.message);
      }
      const read = (value: unknown) => objectOf('the call', value);
      readItems(items, request, outcome, read, (fields, tenantId, index) => {
        const call = TYPES.find((one) => one === (fields.type ?? 'track'));
        if (call === undefined) throw new FieldError('type', fields.type, `one of ${TYPES.join(', ')}`);
        const type = call === 'track' ? textField(fields, 'event') : call;
        const subjectId = optionalId(fields, 'userId') ?? optionalId(fields, 'anonymousId');
        const timestamp = optionalTime(fields, 'timestamp') ?? request.now;
        const given = objectOf('properties', fields.properties ?? fields.traits ?? {});
        const attributes = attributesOf({ ...namedBy(call, fields), ...given });
        const own = optionalId(fields, 'messageId');
        const content = JSON.stringify([type, subjectId, fields.timestamp ?? request.now, attributes, index]);
        const event = { id: own ?? hashText(content), tenantId, type, timestamp, subjectId, attributes };
        unique.take(tenantId, own, () => sink.event(event, index));
      });
    },
    answer: answerSuccess,
    refuse: refuseJson,
  };
}

/** What a call has in a field of its own beside its properties: an event has only attributes for it. */
function namedBy(call: string, fields: Fields): Fields {
  const field = NAMING[call];
  return field === undefined ? {} : { [field]: optionalId(fields, field) };
}

export const segmentTrack = segment('segment', (fields) => [{ value: { ...fields, type: 'track' } }]);

export const segmentBatch = segment('segment', ({ batch }) => {
  if (!Array.isArray(batch)) throw new FieldError('batch', batch, 'a list of calls');
  return listItems(batch);
});

/** What Segment's libraries expect; what was refused is added to it. */
function answerSuccess(outcome: Outcome): Answer {
  const status = statusOf(outcome);
  const body = { success: status === 200, ...(outcome.refused > 0 && rejectedOf(outcome)) };
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
