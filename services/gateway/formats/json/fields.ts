import { createHash, randomUUID } from 'node:crypto';
import type { Event } from '../../../../schemas/types.js';
import { MAX_TEXT, type Rejection } from '../../../../shared/admission/policy.js';
import type { Millis } from '../../../../shared/core/clock.js';
import { epochMs, parseTimestamp } from '../../../../shared/core/timestamp.js';
import type { FormatRequest } from '../format.js';

export type Fields = Readonly<Record<string, unknown>>;

/** Why an item is refused whose fields are not what they must be. */
export class FieldError extends Error {
  override readonly name = 'FieldError';

  constructor(field: string, value: unknown, allowed: string) {
    super(`${field} is ${shown(value)}; allowed is ${allowed}`);
  }

  get rejection(): Rejection {
    return { code: 'TACTUS_FIELD_INVALID', message: this.message };
  }
}

const SHOWN = 64;
const MICROS_PER_MS = 1_000;

function shown(value: unknown): string {
  const text = value === undefined ? 'missing' : (jsonText(value) ?? 'nested too deep');
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Null where lists and objects are so deep in one another that it cannot be written. */
function jsonText(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
}

/** @throws FieldError for what is no object, and for fields that are not among `known` */
export function fieldsOf(value: unknown, known: readonly string[]): Fields {
  const fields = objectOf('the item', value);
  for (const name in fields)
    if (!known.includes(name))
      throw new FieldError(`the field ${shown(name)}`, fields[name], `one of ${known.join(', ')}`);
  return fields;
}

export function objectOf(field: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FieldError(field, value, 'an object');
  return value as Fields;
}

export function textField(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new FieldError(name, value, 'text');
  return value;
}

/** Null where it is missing. */
export function optionalText(fields: Fields, name: string): string | null {
  const value = fields[name];
  return value === undefined || value === null ? null : textField(fields, name);
}

/** Numbers are taken as text too: many libraries have numeric ids. */
export function optionalId(fields: Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'number' ? numberText(name, value) : optionalText(fields, name);
}

/**
 * A number that names something. Of whole numbers beyond 2^53 JSON's reader rounds some to the same one: what they name would
 * then be taken for one thing.
 */
function numberText(field: string, value: number): string {
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new FieldError(field, value, `text, or a number of at most ${Number.MAX_SAFE_INTEGER}`);
  return String(value);
}

/** Milliseconds; null where it is missing. Times of finer resolution are cut. */
export function optionalTime(fields: Fields, name: string): Millis | null {
  const time = optionalFineTime(fields, name);
  return time === null ? null : Math.floor(time);
}

/** As {@link optionalTime}, with what is left in microseconds: of two times in one millisecond ids must differ. */
export function optionalFineTime(fields: Fields, name: string): Millis | null {
  const value = fields[name];
  if (value === undefined || value === null) return null;
  const time =
    typeof value === 'number' ? epochMs(value) : typeof value === 'string' ? parseTimestamp(value) : null;
  if (time === null)
    throw new FieldError(name, value, 'ISO 8601, or seconds or milliseconds since the epoch');
  // Finer a number of this size is not: rounded, the same time is the same however it is written.
  return Number.isInteger(time) ? time : Math.round(time * MICROS_PER_MS) / MICROS_PER_MS;
}

/** Name to text; numbers and booleans as they are written. */
export function tagsOf(fields: Fields): Record<string, string> {
  const given = fields.tags;
  if (given === undefined || given === null) return {};
  const tags = Object.entries(objectOf('tags', given));
  return Object.fromEntries(tags.map(([name, value]) => [name, tagText(name, value)]));
}

/** The value of a tag. */
export function tagText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number' && typeof value !== 'boolean')
    throw new FieldError(`tags.${name}`, value, 'text, a number or a boolean');
  return typeof value === 'number' ? numberText(`tags.${name}`, value) : String(value);
}

/** What an event has as it is; lists and objects as JSON. */
export function attributesOf(given: Fields): Event['attributes'] {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, attributeOf(name, value)] as const),
  );
}

function attributeOf(name: string, value: unknown): Event['attributes'][string] {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return value;
  const text = jsonText(value);
  if (text !== null) return text;
  throw new FieldError(`attributes.${name}`, value, `what has at most ${MAX_TEXT} characters as JSON`);
}

/**
 * The tenant of an item; null where it must not be written.
 *
 * @throws FieldError where neither the key nor a header nor the item names one
 */
export function tenantOf(fields: Fields, { tenantId, allows }: FormatRequest): string | null {
  const own = optionalText(fields, 'tenantId') ?? tenantId;
  if (own === null) throw new FieldError('tenantId', undefined, 'a tenant, since the key is for all of them');
  return allows(own) ? own : null;
}

/** What a request that is sent again has in common with the first; null where it does not say. */
export function requestKey({ headers }: Pick<FormatRequest, 'headers'>): string | null {
  const key = headers['idempotency-key'];
  return typeof key === 'string' && key !== '' ? key : null;
}

/** The id of an item without one of its own: the same for the same request sent again, where that has a key. */
export function idOf(request: FormatRequest, index: number, byContent: () => string | null): string {
  const key = requestKey(request);
  return key === null ? (byContent() ?? randomUUID()) : `${key}#${index}`;
}

/** 128 bits of a hash, as text. */
export function hashText(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest().toString('base64url', 0, 16);
}
