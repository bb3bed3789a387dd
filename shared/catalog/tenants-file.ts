import { counted, type FileKind } from '../files/file-kind.js';
import { readNamed } from '../files/read-text.js';
import { document, integer, listOf, mapping, number, text } from '../files/readers.js';
import { readYaml } from '../files/yaml-file.js';
import { followFile } from '../process/followed-file.js';
import type { Logger } from '../process/logger.js';

/** What the file sets for one tenant; what is null is as elsewhere. */
export interface TenantProfile {
  /** Most series that send at a time. */
  readonly maxSeries: number | null;
  /** How readily an anomaly is reported, 0 to 1. */
  readonly sensitivity: number | null;
}

type Profiles = ReadonlyMap<string, TenantProfile>;

/**
 * Reads `TENANTS_FILE`: one key `tenants` with a list of `id` and, where they are set, `maxSeries` and
 * `sensitivity`.
 *
 * @throws InvalidFileError naming every mistake with its place, value and what is allowed
 */
export function parseTenants(yaml: string, file: string): Profiles {
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

interface Found {
  readonly text: string;
  readonly profiles: Profiles;
}

/** Tells the tenants as the file at a path has them; an empty path is no file. */
export class TenantsFile {
  readonly #first: Found | null;

  /** @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start */
  constructor(
    private readonly path: string,
    private readonly log: Logger,
    private readonly use: (profiles: Profiles) => void,
  ) {
    this.#first = path === '' ? null : this.#load();
    if (this.#first !== null) this.#use(this.#first);
  }

  /** Looks at the file until `signal` aborts. A wrong file changes nothing, and is told once. */
  async follow(signal: AbortSignal): Promise<void> {
    if (this.#first === null) return;
    const file = {
      load: () => this.#load(),
      identity: ({ text }: Found) => text,
      changed: (found: Found) => this.#use(found),
      refused: (problem: string, error: unknown) =>
        this.log.error({ error }, `keeping the tenants in force: ${problem}`),
    };
    await followFile(file, this.#first, signal);
  }

  #load(): Found {
    const text = readNamed('TENANTS_FILE', this.path);
    return { text, profiles: parseTenants(text, this.path) };
  }

  #use({ profiles }: Found): void {
    this.use(profiles);
    this.log.info({ tenants: profiles.size }, 'tenants read from their file');
  }
}
