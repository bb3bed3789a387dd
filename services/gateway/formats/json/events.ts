import type { Format } from '../format.js';
import { answerItems, refuseJson } from './answers.js';
import { itemsOf } from './body.js';
import {
  attributesOf,
  fieldsOf,
  hashText,
  idOf,
  objectOf,
  optionalFineTime,
  optionalId,
  textField,
} from './fields.js';
import { readItems, WithoutDuplicates } from './items.js';

const KNOWN = ['type', 'subjectId', 'attributes', 'timestamp', 'id', 'tenantId'];

/** Events as JSON: an object, an array or lines. */
export const jsonEvents: Format = {
  name: 'json',
  scope: 'write:events',
  plainEncoding: 'identity',
  overQuota: () => 429,
  decode(request, sink, outcome) {
    const { body, mediaType, now } = request;
    const unique = new WithoutDuplicates(outcome);
    const read = (value: unknown) => fieldsOf(value, KNOWN);
    readItems(itemsOf(body, mediaType), request, outcome, read, (fields, tenantId, index) => {
      const type = textField(fields, 'type');
      const subjectId = optionalId(fields, 'subjectId');
      const given = fields.attributes ?? {};
      const attributes = attributesOf(objectOf('attributes', given));
      const time = optionalFineTime(fields, 'timestamp');
      const own = optionalId(fields, 'id');
      const byContent = () =>
        time === null ? null : hashText(JSON.stringify([type, subjectId, time, attributes]));
      const id = own ?? idOf(request, index, byContent);
      const event = { id, tenantId, type, timestamp: Math.floor(time ?? now), subjectId, attributes };
      unique.take(tenantId, own, () => sink.event(event, index));
    });
  },
  answer: answerItems,
  refuse: refuseJson,
};
