import { readList, readNamed, type YamlEntry } from '../../shared/config/yaml-list.js';
import { followFile } from '../../shared/runtime/followed-file.js';
import type { Logger } from '../../shared/runtime/logger.js';
import type { TenantProfile, Tenants } from './tenants.js';

const KEYS = ['id', 'maxSeries'];

type Profiles = ReadonlyMap<string, TenantProfile>;

/**
 * Reads `TENANTS_FILE`: one key `tenants` with a list of `id` and, where it differs from the
 * default, `maxSeries`.
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
  return [id, { maxSeries: maxSeries as number | null }];
}

interface Found {
  readonly text: string;
  readonly profiles: Profiles;
}

/** Keeps the tenants as the file at a path has them; an empty path is no file. */
export class TenantsFile {
  readonly #first: Found | null;

  /** @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start */
  constructor(
    private readonly path: string,
    private readonly tenants: Tenants,
    private readonly log: Logger,
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
    this.tenants.useFile(profiles);
    this.log.info({ tenants: profiles.size }, 'tenants read from their file');
  }
}
