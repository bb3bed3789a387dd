import { readList, readNamed, type YamlEntry } from '../files/yaml-list.js';
import { followFile } from '../process/followed-file.js';
import type { Logger } from '../process/logger.js';

/** What the file sets for one tenant; what is null is as elsewhere. */
export interface TenantProfile {
  /** Most series that send at a time. */
  readonly maxSeries: number | null;
  /** How readily an anomaly is told, 0 to 1. */
  readonly sensitivity: number | null;
}

type Profiles = ReadonlyMap<string, TenantProfile>;

const KEYS = ['id', 'maxSeries', 'sensitivity'];

/**
 * Reads `TENANTS_FILE`: one key `tenants` with a list of `id` and, where they are set, `maxSeries` and
 * `sensitivity`.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming file, line, key, value and what is allowed
 */
export function parseTenants(text: string, source: string): Profiles {
  const profiles = new Map<string, TenantProfile>();
  readList(text, source, {
    key: 'tenants',
    holds: 'a list',
    each: 'must be a tenant with "id"',
    read: (entry) => {
      const [id, profile] = readTenant(entry);
      if (profiles.has(id)) entry.refuseAll(`id: ${JSON.stringify(id)} is there twice; ids are unique`);
      profiles.set(id, profile);
    },
  });
  return profiles;
}

function readTenant(entry: YamlEntry): [string, TenantProfile] {
  entry.onlyKeys(KEYS);
  const id = entry.get('id');
  if (typeof id !== 'string' || id === '' || id.includes('|'))
    return entry.refuse('id', 'text without "|", in quotes where it looks like a number');
  const maxSeries = entry.get('maxSeries') ?? null;
  if (maxSeries !== null && !(Number.isInteger(maxSeries) && (maxSeries as number) >= 0))
    entry.refuse('maxSeries', 'a whole number from 0');
  const sensitivity = entry.get('sensitivity') ?? null;
  if (sensitivity !== null && !isSensitivity(sensitivity))
    entry.refuse('sensitivity', 'a number from 0 to 1');
  return [id, { maxSeries: maxSeries as number | null, sensitivity: sensitivity as number | null }];
}

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
