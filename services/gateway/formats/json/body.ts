import { isUtf8 } from 'node:buffer';
import { messageOf, TactusError } from '../../../../shared/core/errors.js';

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

/**
 * The items of a body: of a JSON array its elements, of NDJSON its lines, else the one value. Lines are also taken for
 * what they are where the media type does not say so.
 *
 * @throws TactusError `TACTUS_BODY_UNSUPPORTED` for another media type, `TACTUS_BODY_UNDECODABLE`
 */
export function itemsOf(body: Buffer, mediaType: string): Item[] {
  const lines = LINES.has(mediaType);
  if (!lines && !UNSPECIFIC.has(mediaType) && !mediaType.endsWith('+json'))
    throw new TactusError(
      'TACTUS_BODY_UNSUPPORTED',
      `Content-Type is ${JSON.stringify(mediaType.slice(0, 64))}; allowed are application/json and application/x-ndjson`,
    );
  const text = textOf(body);
  if (lines) return lineItems(text);
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map((one) => ({ value: one })) : [{ value }];
  } catch (error) {
    const end = text.indexOf('\n');
    if (end > 0 && 'value' in parsed(text.slice(0, end))) return lineItems(text);
    throw new TactusError('TACTUS_BODY_UNDECODABLE', `the body is no JSON: ${messageOf(error)}`);
  }
}

/** @throws TactusError `TACTUS_BODY_UNDECODABLE` for what is no UTF-8 */
export function textOf(body: Buffer): string {
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

function lineItems(text: string): Item[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parsed);
}

function parsed(text: string): Item {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
