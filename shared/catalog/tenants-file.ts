import { counted, type FileKind } from '../files/file-kind.js';
import { readNamed } from '../files/read-text.js';
import { document, integer, listOf, mapping, number, text } from '../files/readers.js';
import { readYaml } from '../files/yaml-file.js';

/** What the file sets for one tenant; what is null is as elsewhere. */
export interface TenantProfile {
  /** Most series that send at a time. */
  readonly maxSeries: number | null;
  /** How readily an anomaly is reported, 0 to 1. */
  readonly sensitivity: number | null;
}

/** By the ids of the tenants. */
export type TenantProfiles = ReadonlyMap<string, TenantProfile>;

/** The tenants of `TENANTS_FILE`; none when `path` is empty. */
export function loadTenants(path: string): TenantProfiles {
  return path === '' ? new Map() : parseTenants(readNamed('TENANTS_FILE', path), path);
}

/**
 * As {@link loadTenants}, of a text: one key `tenants` with a list of `id` and, where they are set, `maxSeries` and
 * `sensitivity`.
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

const tenant = mapping<readonly [string, TenantProfile]>(
  ['id', 'maxSeries', 'sensitivity'],
  (fields) => {
    const allowed = 'text without "|", in quotes where it looks like a number';
    const id = fields.required('id', text(allowed, /^[^|]+$/));
    const maxSeries = fields.optional('maxSeries', integer(0), null);
    const sensitivity = fields.optional('sensitivity', number(0, 1), null);
    return id === null ? null : [id, { maxSeries, sensitivity }];
  },
  'a tenant with "id"',
);

const tenants = document('tenants', 'a list', listOf(tenant, { allowed: 'a list of tenants', unique: 'id' }));

/** Whether a value may be the sensitivity of a tenant's profile. */
export function isSensitivity(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
