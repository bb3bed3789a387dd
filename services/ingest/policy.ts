import type { Event, MetricPoint } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import type { ErrorCode } from '../../shared/core/errors.js';
import { isAllowedValue, LARGEST_VALUE } from '../../shared/wire/metric-point-reader.js';
import { KEY_SEPARATOR } from '../../shared/wire/series.js';
import type { SeriesRefusal } from './live-series.js';
import type { Subject } from './subject.js';

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
const MAX_TEXT = 4_096;
/** Control characters: they separate parts of keys, and PostgreSQL stores no NUL. */
const CONTROL = /\p{Cc}/u;
const SHOWN = 64;

/** Why a point is refused, or null. `arrival` is when the broker took it in. */
export function checkPoint(point: MetricPoint, arrival: Millis, limits: Limits): Rejection | null {
  return (
    checkTenant(point.tenantId) ??
    checkName('metric', point.metric) ??
    checkName('id', point.id, MAX_ID) ??
    checkTags(point.tags, limits) ??
    checkTime(point.timestamp, arrival, limits) ??
    checkFinite('value', point.value) ??
    checkMagnitude('value', point.value) ??
    checkOptional('unit', point.unit) ??
    checkOptional('source', point.source) ??
    checkStart(point)
  );
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

export function seriesRefused(
  { scope, limit, weight }: SeriesRefusal,
  { tenantId, name, tags }: Subject,
): Rejection {
  const who = scope === 'tenant' ? `tenant ${JSON.stringify(tenantId)}` : 'this worker';
  const key = scope === 'tenant' ? 'TACTUS_MAX_SERIES_PER_TENANT' : 'TACTUS_INGEST_MAX_SERIES';
  const json = JSON.stringify(tags);
  const shown = `${name} ${json.length > 256 ? `${json.slice(0, 256)}…` : json}`;
  const why =
    scope === 'tenant' && weight > 1
      ? `may have ${limit} series (${key}) and has no room for one that counts as ${weight} because of its length`
      : `has ${limit} series, the most allowed (${key})`;
  return { code: 'TACTUS_SERIES_LIMIT', message: `${who} ${why}; the new series is ${shown}` };
}

/** Why an event is refused, or null. */
export function checkEvent(event: Event, arrival: Millis, limits: Limits): Rejection | null {
  return (
    checkTenant(event.tenantId) ??
    checkName('type', event.type) ??
    checkName('id', event.id, MAX_ID) ??
    checkTime(event.timestamp, arrival, limits) ??
    checkOptional('subjectId', event.subjectId) ??
    checkAttributes(event.attributes, limits)
  );
}

function checkTenant(tenantId: string): Rejection | null {
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
  return null;
}

function checkOptional(field: string, value: string | null): Rejection | null {
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
  return null;
}

function checkTags(tags: Record<string, string>, limits: Limits): Rejection | null {
  let count = 0;
  for (const name in tags) {
    count += 1;
    const value = tags[name] as string;
    const problem = checkName('tags', name) ?? (value === '' ? null : checkName(`tags.${name}`, value));
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
      checkName('attributes', name) ??
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
function checkStart({ startTimestamp, timestamp }: MetricPoint): Rejection | null {
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
