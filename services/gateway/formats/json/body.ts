import { isUtf8 } from 'node:buffer';
import { messageOf, TactusError } from '../../../../shared/core/errors.js';
import { MAX_REQUEST_POINTS } from '../decoding.js';
import { unsupportedType } from '../unsupported-type.js';

/** An item of a body: what was parsed, or why it could not be. */
export type Item = { readonly value: unknown } | { readonly problem: string };

const LINES = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/json-lines',
]);
/** What clients say of JSON that do not know what they send: curl's default is that of forms. */
const UNSPECIFIC = new Set([
  '',
  'application/json',
  'text/json',
  'text/plain',
  'application/x-www-form-urlencoded',
]);
const BYTE_ORDER_MARK = '\uFEFF';
/** An empty list takes two bytes in JSON, and dozens of them in memory. */
const MAX_CONTAINERS = 2_000_000;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * The items of a body: of a JSON array its elements, of NDJSON its lines, else the one value. Lines are also taken for
 * what they are where the media type does not say so.
 *
 * @throws TactusError `TACTUS_BODY_UNSUPPORTED` for another media type, `TACTUS_BODY_UNDECODABLE`
 */
export function itemsOf(body: Buffer, mediaType: string): Item[] {
  const lines = LINES.has(mediaType);
  if (!lines && !UNSPECIFIC.has(mediaType) && !mediaType.endsWith('+json'))
    throw unsupportedType(mediaType, 'are application/json and application/x-ndjson');
  const text = textOf(body);
  if (lines) return lineItems(text);
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? listItems(value) : [{ value }];
  } catch (error) {
    if (error instanceof TactusError) throw error;
    if ('value' in parsed(firstLine(text))) return lineItems(text);
    throw new TactusError(
      'TACTUS_BODY_UNDECODABLE',
      `the body is neither an item as JSON nor an array nor lines of them: ${messageOf(error)}`,
    );
  }
}

/** @throws TactusError `TACTUS_BODY_TOO_LARGE` */
export function listItems(values: readonly unknown[]): Item[] {
  if (values.length > MAX_REQUEST_POINTS) throw tooMany('items', MAX_REQUEST_POINTS);
  return values.map((value) => ({ value }));
}

/** @throws TactusError `TACTUS_BODY_UNDECODABLE` for what is no UTF-8, `TACTUS_BODY_TOO_LARGE` for too much in it */
export function textOf(body: Buffer): string {
  if (body.length > 2 * MAX_CONTAINERS) requireFewContainers(body);
  if (!isUtf8(body)) throw new TactusError('TACTUS_BODY_UNDECODABLE', 'the body is no UTF-8');
  const text = body.toString('utf8');
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** The one value of a body. @throws TactusError `TACTUS_BODY_UNDECODABLE` */
export function jsonOf(body: Buffer): unknown {
  const item = parsed(textOf(body));
  if ('value' in item) return item.value;
  throw new TactusError('TACTUS_BODY_UNDECODABLE', `the body is no JSON: ${item.problem}`);
}

/** Those in texts are counted too: nobody has so many of them. */
function requireFewContainers(body: Buffer): void {
  let count = 0;
  for (const byte of body) if (byte === OPEN_LIST || byte === OPEN_OBJECT) count += 1;
  if (count > MAX_CONTAINERS) throw tooMany('lists and objects', MAX_CONTAINERS);
}

function tooMany(what: string, most: number): TactusError {
  return new TactusError(
    'TACTUS_BODY_TOO_LARGE',
    `the body has more than ${most} ${what}; allowed are as many`,
  );
}

/** @throws TactusError `TACTUS_BODY_TOO_LARGE` */
function lineItems(text: string): Item[] {
  const items: Item[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    if (line.trim() !== '') items.push(parsed(line));
    if (items.length > MAX_REQUEST_POINTS) throw tooMany('lines', MAX_REQUEST_POINTS);
    start = end + 1;
  }
  return items;
}

/** The first that is not blank; of a text that is all one line, nothing. */
function firstLine(text: string): string {
  const lines = text.trimStart();
  return lines.slice(0, Math.max(0, lines.indexOf('\n')));
}

function parsed(text: string): Item {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
