import type { TenantConfig } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
import { counted, type FileKind } from '../files/file-kind.js';
import { readNamed } from '../files/read-text.js';
import { boolean, document, integer, listOf, mapOf, mapping, number, oneOf, text } from '../files/readers.js';
import type { Report } from '../files/value.js';
import { readValues, readYaml } from '../files/yaml-file.js';
import {
  COMPLIANCE_MODES,
  MONITORING_LEVELS,
  NO_PROFILE,
  QUOTA_ALGORITHMS,
  type TenantProfile,
  type TenantProfiles,
  type TenantQuotas,
} from '../tenancy/profile.js';

/** A hundred years: the time before which rows may be gone must be a timestamp. */
const MAX_DAYS = 36_500;
const MAX_ENTRIES = 100;
/** What a record has where nothing is set. */
const DEFAULTS = { monitoringLevel: 'standard', complianceMode: 'none', sensitivity: 0.5 } as const;
const MAX_PROBLEMS = 1_000;
/** Characters of an id that may not even be one. */
const MAX_SHOWN = 100;

/** The tenants of `TENANTS_FILE`; none when `path` is empty. */
export function loadTenants(path: string): TenantProfiles {
  return path === '' ? new Map() : parseTenants(readNamed('TENANTS_FILE', path), path);
}

/**
 * As {@link loadTenants}, of a text: one key `tenants` with a list of `id` and whatever is set for it.
 *
 * @throws InvalidFileError naming every mistake with its place, value and what is allowed
 */
export function parseTenants(yaml: string, file: string): TenantProfiles {
  return new Map(readYaml(yaml, file, tenants));
}

/** Files of tenants, for `tactus check`. */
export const tenantsKind: FileKind = {
  name: 'tenants',
  keys: ['tenants'],
  check: (yaml, file) => counted(parseTenants(yaml, file).size, 'tenant'),
};

/**
 * What a record of `control.tenants` sets, read and checked as an entry of the file is.
 *
 * @param id the key of the record
 * @throws TactusError `TACTUS_CONFIG_INVALID`, one line that names every problem with its key
 */
export function profileOf(id: string, config: TenantConfig): TenantProfile {
  const { updatedAt: _, ...rest } = config;
  const unless = <T>(value: T, unset: T) => (value === unset ? null : value);
  return readProfile(id, {
    ...{ ...rest, id, name: unless(rest.name, ''), profile: unless(rest.profile, '') },
    // These cannot be null in a record: their defaults say nothing.
    monitoringLevel: unless(rest.monitoringLevel, DEFAULTS.monitoringLevel),
    complianceMode: unless(rest.complianceMode, DEFAULTS.complianceMode),
    sensitivity: unless(rest.sensitivity, DEFAULTS.sensitivity),
    thresholds: withoutNothing(rest.thresholds),
    labels: withoutNothing(rest.labels),
  });
}

/**
 * The profile of a tenant from plain values, with the keys of the file.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID`, one line that names every problem with its key
 */
export function readProfile(id: string, values: object): TenantProfile {
  const problems: string[] = [];
  const report: Report = (_, key, what) => problems.push(`${key}: ${what}`);
  const found = readValues({ ...values, id }, report, tenant);
  if (found !== null) return found[1];
  throw new TactusError(
    'TACTUS_CONFIG_INVALID',
    `tenant ${JSON.stringify(id.slice(0, MAX_SHOWN))}: ${problems.join('; ').slice(0, MAX_PROBLEMS)}`,
  );
}

/** A profile as a record of `control.tenants`. */
export function configOf(id: string, profile: TenantProfile, updatedAt: Millis): TenantConfig {
  const { thresholds, labels, quotas, ...rest } = profile;
  return {
    ...rest,
    id,
    name: rest.name ?? '',
    profile: rest.profile ?? '',
    monitoringLevel: rest.monitoringLevel ?? DEFAULTS.monitoringLevel,
    complianceMode: rest.complianceMode ?? DEFAULTS.complianceMode,
    sensitivity: rest.sensitivity ?? DEFAULTS.sensitivity,
    thresholds: { ...thresholds },
    labels: { ...labels },
    quotas: { ...quotas },
    updatedAt,
  };
}

function withoutNothing<T extends object>(map: T): T | null {
  return Object.keys(map).length === 0 ? null : map;
}

const QUOTAS = [
  'pointsPerSecond',
  'bytesPerSecond',
  'eventsPerSecond',
  'activeSeries',
  'algorithm',
  'burst',
  'keyPointsPerSecond',
  'keyBytesPerSecond',
  'keyEventsPerSecond',
  'alwaysRetry',
] as const satisfies readonly (keyof TenantQuotas)[];

const KEYS = ['id', ...(Object.keys(NO_PROFILE) as (keyof TenantProfile)[])] as const;

const quotas = mapping<TenantQuotas>(QUOTAS, (fields) => ({
  pointsPerSecond: fields.optional('pointsPerSecond', number(0), null),
  bytesPerSecond: fields.optional('bytesPerSecond', number(0), null),
  eventsPerSecond: fields.optional('eventsPerSecond', number(0), null),
  activeSeries: fields.optional('activeSeries', integer(0), null),
  algorithm: fields.optional('algorithm', oneOf(QUOTA_ALGORITHMS), null),
  burst: fields.optional('burst', number(0, 3_600), null),
  keyPointsPerSecond: fields.optional('keyPointsPerSecond', number(0), null),
  keyBytesPerSecond: fields.optional('keyBytesPerSecond', number(0), null),
  keyEventsPerSecond: fields.optional('keyEventsPerSecond', number(0), null),
  alwaysRetry: fields.optional('alwaysRetry', boolean, null),
}));

/** The libraries of Avro lose an entry with this name, so that no record could keep it. */
const FORBIDDEN = '__proto__';
const nameOfEntry = (name: string) =>
  /^\P{Cc}{1,256}$/u.test(name) && name !== FORBIDDEN
    ? null
    : `must be 1 to 256 characters without control characters, and not ${FORBIDDEN}`;
const thresholds = mapOf(number(), {
  allowed: 'a map of metrics to numbers',
  most: MAX_ENTRIES,
  name: nameOfEntry,
});
const labels = mapOf(text('text of at most 256 characters', /^.{0,256}$/s), {
  allowed: 'a map of names to texts',
  most: MAX_ENTRIES,
  name: nameOfEntry,
});

const tenant = mapping<readonly [string, TenantProfile]>(
  KEYS,
  (fields) => {
    const allowed = 'text without "|", in quotes where it looks like a number';
    const id = fields.required('id', text(allowed, /^[^|\p{Cc}\p{Cs}]{1,256}$/u));
    const name = text('text of at most 200 characters', /^\P{Cc}{1,200}$/u);
    const entries = <T>(map: ReadonlyMap<string, T> | null) => map && Object.fromEntries(map);
    const profile: TenantProfile = {
      name: fields.optional('name', name, null),
      profile: fields.optional('profile', name, null),
      monitoringLevel: fields.optional('monitoringLevel', oneOf(MONITORING_LEVELS), null),
      realTimeEnabled: fields.optional('realTimeEnabled', boolean, null),
      complianceMode: fields.optional('complianceMode', oneOf(COMPLIANCE_MODES), null),
      quotas: fields.optional('quotas', quotas, NO_PROFILE.quotas),
      weight: fields.optional('weight', number(0.01, 1_000), null),
      priority: fields.optional('priority', integer(0, 100), null),
      retentionDays: fields.optional('retentionDays', integer(1, MAX_DAYS), null),
      rawRetentionDays: fields.optional('rawRetentionDays', integer(1, MAX_DAYS), null),
      thresholds: entries(fields.optional('thresholds', thresholds, null)),
      sensitivity: fields.optional('sensitivity', number(0, 1), null),
      labels: entries(fields.optional('labels', labels, null)),
      maxSeries: fields.optional('maxSeries', integer(0), null),
    };
    return id === null ? null : [id, profile];
  },
  'a tenant with "id"',
);

const tenants = document('tenants', 'a list', listOf(tenant, { allowed: 'a list of tenants', unique: 'id' }));
