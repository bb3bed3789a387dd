import type { Event, MetricPoint } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import type { ErrorCode } from '../core/errors.js';
import { isAllowedValue, LARGEST_VALUE } from '../wire/metric-point-reader.js';
import { KEY_SEPARATOR } from '../wire/series.js';

/*
 * What a record must be to be let in. `ingest` applies it to what is in its topics, `gateway` before it answers, so
 * that nothing that was acknowledged is refused later.
 */

/** Limits that a record must keep; see the `ingest` section of the configuration. */
export interface Limits {
  readonly maxFutureMs: Millis;
  readonly maxAgeMs: Millis;
  readonly maxValueBytes: number;
  readonly maxTags: number;
}

export interface Rejection {
  readonly code: ErrorCode;
  readonly message: string;
}

export const MAX_NAME_LENGTH = 256;
const MAX_ID = 256;
/** Of an attribute. */
export const MAX_TEXT = 4_096;
/** Control characters: they separate parts of keys, and PostgreSQL stores no NUL. */
const CONTROL = /\p{Cc}/u;
/** A name in a map with which records cannot be read by the usual libraries of Avro. */
const FORBIDDEN = '__proto__';
const SHOWN = 64;

/** Why a point is refused, or null. `arrival` is when the broker took it in. */
export function checkPoint(point: MetricPoint, arrival: Millis, limits: Limits): Rejection | null {
  return (
    checkTenant(point.tenantId) ??
    checkSeries(point.metric, point.tags, limits) ??
    checkId(point.id) ??
    checkFigures(point.timestamp, point.value, arrival, limits) ??
    checkOptional('unit', point.unit) ??
    checkOptional('source', point.source) ??
    checkStart(point.startTimestamp, point.timestamp)
  );
}

/** The part of {@link checkPoint} that is about the series. */
export function checkSeries(
  metric: string,
  tags: Readonly<Record<string, string>>,
  limits: Limits,
): Rejection | null {
  return checkName('metric', metric) ?? checkTags(tags, limits);
}

/** The part of {@link checkPoint} that is about its numbers. */
export function checkFigures(
  timestamp: Millis,
  value: number,
  arrival: Millis,
  limits: Limits,
): Rejection | null {
  return (
    checkTime(timestamp, arrival, limits) ?? checkFinite('value', value) ?? checkMagnitude('value', value)
  );
}

export function checkId(id: string): Rejection | null {
  return checkName('id', id, MAX_ID);
}

/** Why a value of so many bytes is refused unread, or null. */
export function checkSize(bytes: number, { maxValueBytes }: Limits): Rejection | null {
  if (bytes <= maxValueBytes) return null;
  return {
    code: 'TACTUS_RECORD_TOO_LARGE',
    message: `the value has ${bytes} bytes; at most ${maxValueBytes} are allowed (TACTUS_MAX_VALUE_BYTES)`,
  };
}

export function tenantRefused(tenantId: string): Rejection {
  return reject(
    'TACTUS_TENANT_UNKNOWN',
    'tenantId',
    tenantId,
    'a tenant of TENANTS_FILE or control.tenants (TACTUS_UNKNOWN_TENANTS)',
  );
}

/** Why an event is refused, or null. */
export function checkEvent(event: Event, arrival: Millis, limits: Limits): Rejection | null {
  return (
    checkTenant(event.tenantId) ??
    checkName('type', event.type) ??
    checkId(event.id) ??
    checkTime(event.timestamp, arrival, limits) ??
    checkOptional('subjectId', event.subjectId) ??
    checkAttributes(event.attributes, limits)
  );
}

/** What can be wrong with the name of a tenant, known or not. */
export function checkTenant(tenantId: string): Rejection | null {
  // It ends the tenant's part of every key, so that keys of two tenants are never equal.
  if (tenantId.includes(KEY_SEPARATOR))
    return reject('TACTUS_FIELD_BAD_CHARACTER', 'tenantId', tenantId, 'text without "|"');
  return checkName('tenantId', tenantId);
}

function checkName(field: string, value: string, max = MAX_NAME_LENGTH): Rejection | null {
  if (value === '') return reject('TACTUS_FIELD_EMPTY', field, value, `1 to ${max} characters`);
  if (value.length > max)
    return reject('TACTUS_FIELD_TOO_LONG', field, value, `1 to ${max} characters, this has ${value.length}`);
  if (CONTROL.test(value))
    return reject('TACTUS_FIELD_BAD_CHARACTER', field, value, 'text without control characters');
  return checkWellFormed(field, value);
}

/** Half of a pair of surrogates, which JSON can write, is no character: it has no form in UTF-8, so that nobody could read the record. */
function checkWellFormed(field: string, value: string): Rejection | null {
  if (value.isWellFormed()) return null;
  return reject('TACTUS_FIELD_BAD_CHARACTER', field, value, 'text without unpaired surrogates');
}

/** A name in a map. */
function checkKey(field: string, name: string): Rejection | null {
  if (name !== FORBIDDEN) return checkName(field, name);
  return {
    code: 'TACTUS_FIELD_BAD_CHARACTER',
    message: `${field} has ${FORBIDDEN}; allowed is another name`,
  };
}

/** Unit or source. */
export function checkOptional(field: string, value: string | null): Rejection | null {
  return value === null ? null : checkText(field, value, MAX_NAME_LENGTH);
}

function checkText(field: string, value: string, max: number): Rejection | null {
  if (value.length > max)
    return reject(
      'TACTUS_FIELD_TOO_LONG',
      field,
      value,
      `at most ${max} characters, this has ${value.length}`,
    );
  if (value.includes('\0'))
    return reject('TACTUS_FIELD_BAD_CHARACTER', field, value, 'text without the NUL character');
  return checkWellFormed(field, value);
}

function checkTags(tags: Readonly<Record<string, string>>, limits: Limits): Rejection | null {
  let count = 0;
  for (const name in tags) {
    count += 1;
    const value = tags[name] as string;
    const problem = checkKey('tags', name) ?? (value === '' ? null : checkName(`tags.${name}`, value));
    if (problem !== null) return problem;
  }
  if (count > limits.maxTags)
    return {
      code: 'TACTUS_TAGS_TOO_MANY',
      message: `tags has ${count} entries; at most ${limits.maxTags} are allowed`,
    };
  return null;
}

function checkAttributes(attributes: Event['attributes'], limits: Limits): Rejection | null {
  const names = Object.keys(attributes);
  if (names.length > limits.maxTags)
    return {
      code: 'TACTUS_TAGS_TOO_MANY',
      message: `attributes has ${names.length} entries; at most ${limits.maxTags} are allowed`,
    };
  for (const name of names) {
    const value = attributes[name];
    const field = `attributes.${name}`;
    const problem =
      checkKey('attributes', name) ??
      (typeof value === 'string' ? checkText(field, value, MAX_TEXT) : null) ??
      (typeof value === 'number' ? checkFinite(field, value) : null);
    if (problem !== null) return problem;
  }
  return null;
}

function checkTime(timestamp: Millis, arrival: Millis, limits: Limits): Rejection | null {
  if (timestamp >= arrival - limits.maxAgeMs && timestamp <= arrival + limits.maxFutureMs) return null;
  return {
    code: 'TACTUS_TIMESTAMP_OUT_OF_RANGE',
    message: `timestamp is ${timestamp} (${asDate(timestamp)}); allowed is ${asDate(arrival - limits.maxAgeMs)} to ${asDate(arrival + limits.maxFutureMs)}`,
  };
}

/** A start may be long ago, but a counter cannot begin after it was read. */
export function checkStart(startTimestamp: Millis | null, timestamp: Millis): Rejection | null {
  if (startTimestamp === null || (startTimestamp >= 0 && startTimestamp <= timestamp)) return null;
  return {
    code: 'TACTUS_TIMESTAMP_OUT_OF_RANGE',
    message: `startTimestamp is ${startTimestamp} (${asDate(startTimestamp)}); allowed is null, or 0 (${asDate(0)}) to the timestamp, ${timestamp} (${asDate(timestamp)})`,
  };
}

function checkFinite(field: string, value: number): Rejection | null {
  if (Number.isFinite(value)) return null;
  return { code: 'TACTUS_VALUE_NOT_FINITE', message: `${field} is ${value}; allowed are finite numbers` };
}

function checkMagnitude(field: string, value: number): Rejection | null {
  if (isAllowedValue(value)) return null;
  return {
    code: 'TACTUS_VALUE_TOO_LARGE',
    message: `${field} is ${value}; allowed are numbers from ${-LARGEST_VALUE} to ${LARGEST_VALUE}`,
  };
}

function reject(code: ErrorCode, field: string, value: string, allowed: string): Rejection {
  const shown = value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
  return { code, message: `${field} is ${JSON.stringify(shown)}; allowed is ${allowed}` };
}

function asDate(time: Millis): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'beyond the calendar' : date.toISOString();
}
