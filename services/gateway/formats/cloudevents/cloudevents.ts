import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { TactusError } from '../../../../shared/core/errors.js';
import type { Format, FormatRequest } from '../format.js';
import { headerText } from '../header-text.js';
import { answerItems, refuseJson } from '../json/answers.js';
import { type Item, jsonOf, listItems, textOf } from '../json/body.js';
import {
  attributesOf,
  FieldError,
  type Fields,
  hashText,
  objectOf,
  optionalText,
  optionalTime,
  textField,
} from '../json/fields.js';
import { readItems, WithoutDuplicates } from '../json/items.js';
import { unsupportedType } from '../unsupported-type.js';

/*
 * CloudEvents 1.0 with their HTTP binding: structured (one event as JSON), batched (an array of them) and binary (the
 * attributes as headers, the data as body).
 */

const STRUCTURED = 'application/cloudevents+json';
const BATCHED = 'application/cloudevents-batch+json';
const HEADER = 'ce-';
const VERSION = '1.0';
/** What an event here has in fields of its own; everything else becomes attributes. */
const OWN = new Set(['specversion', 'id', 'type', 'subject', 'time', 'data', 'data_base64', 'tenantId']);

/** Whether the headers are those of a CloudEvent. */
export function isCloudEvent(headers: IncomingHttpHeaders): boolean {
  return (
    'ce-specversion' in headers || /^application\/cloudevents/i.test((headers['content-type'] ?? '').trim())
  );
}

export const cloudEvents: Format = {
  name: 'cloudevents',
  scope: 'write:events',
  plainEncoding: 'identity',
  overQuota: () => 429,
  decode(request, sink, outcome) {
    const unique = new WithoutDuplicates(outcome);
    const read = (value: unknown) => objectOf('the event', value);
    readItems(itemsOf(request), request, outcome, read, (fields, tenantId, index) => {
      if (fields.specversion !== VERSION) throw new FieldError('specversion', fields.specversion, VERSION);
      const type = textField(fields, 'type');
      const [source, given] = [textField(fields, 'source'), textField(fields, 'id')];
      if (source === '' || given === '') throw new FieldError('source and id', [source, given], 'text');
      // An event is identified by both (CloudEvents 1.0, REQUIRED attributes).
      const id = hashText(JSON.stringify([source, given]));
      const timestamp = optionalTime(fields, 'time') ?? request.now;
      const subjectId = optionalText(fields, 'subject');
      const event = { id, tenantId, type, timestamp, subjectId, attributes: attributesOf(contentOf(fields)) };
      unique.take(tenantId, id, () => sink.event(event, index));
    });
  },
  answer: answerItems,
  refuse: refuseJson,
};

/** Other attributes, and the data: the fields of an object, else as `data`. */
function contentOf(fields: Fields): Fields {
  const { data, data_base64: base64 } = fields;
  const others = Object.entries(fields).filter(([name]) => !OWN.has(name));
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
  const content: [string, unknown][] = isObject ? Object.entries(data) : [];
  if (!isObject && data !== undefined && data !== null) content.push(['data', data]);
  if (base64 !== undefined) content.push(['data_base64', base64]);
  // What the data say wins over what is about them.
  return Object.fromEntries([...others, ...content]);
}

function itemsOf(request: FormatRequest): Item[] {
  const { mediaType, body, headers } = request;
  if (mediaType === STRUCTURED) return [{ value: jsonOf(body) }];
  if (mediaType === BATCHED) {
    const events = jsonOf(body);
    if (!Array.isArray(events))
      throw new TactusError('TACTUS_BODY_UNDECODABLE', 'a batch of CloudEvents must be an array');
    return listItems(events);
  }
  if ('ce-specversion' in headers) return [{ value: binaryEvent(request) }];
  throw unsupportedType(mediaType, `are ${STRUCTURED} and ${BATCHED}`);
}

function binaryEvent({ headers, body, mediaType }: FormatRequest): Fields {
  const attributes = Object.entries(headers)
    .filter(([name, value]) => name.startsWith(HEADER) && typeof value === 'string')
    .map(([name, value]) => [name.slice(HEADER.length), unescaped(value as string)] as const);
  return Object.fromEntries([...attributes, dataOf(body, mediaType)]);
}

/** Under the name that the same data have in a structured event: what is no text is in base64. */
function dataOf(body: Buffer, mediaType: string): [name: string, data: unknown] {
  if (body.length === 0) return ['data', undefined];
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) return ['data', jsonOf(body)];
  return isUtf8(body) ? ['data', textOf(body)] : ['data_base64', body.toString('base64')];
}

/**
 * Header values may stand in quotes, and are percent-encoded where they are no printable ASCII (HTTP binding, 3.1.3.2); some
 * come as UTF-8.
 */
function unescaped(value: string): string {
  const quoted = /^"(.*)"$/s.exec(value)?.[1];
  const plain = quoted === undefined ? value : quoted.replaceAll(/\\(.)/gs, '$1');
  const text = headerText(plain);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
