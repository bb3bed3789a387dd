import { readFileSync } from 'node:fs';
import { isMap, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { messageOf, TactusError } from '../../shared/core/errors.js';
import type { Logger } from '../../shared/runtime/logger.js';
import { sleep } from '../../shared/runtime/wait.js';
import type { TenantProfile, Tenants } from './tenants.js';

const KEYS = ['id', 'maxSeries'];
/** Mounted configuration changes without any notice. */
const LOOK_EVERY_MS = 1_000;

type Profiles = ReadonlyMap<string, TenantProfile>;
type Fail = (node: Node | null | undefined, problem: string) => never;

/**
 * Reads `TENANTS_FILE`: one key `tenants` with a list of `id` and, where it differs from the
 * default, `maxSeries`.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming file, line, key, value and what is allowed
 */
export function parseTenants(text: string, source: string): Profiles {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fail: Fail = (node, problem) => {
    const line = node?.range ? `:${lines.linePos(node.range[0]).line}` : '';
    throw new TactusError('TACTUS_CONFIG_INVALID', `${source}${line}: ${problem}`);
  };
  if (document.errors[0] !== undefined) fail(null, document.errors[0].message);
  const root = document.contents;
  const list = isMap(root) ? (root.get('tenants', true) as unknown as Node | undefined) : undefined;
  if (!isMap(root) || !isSeq(list) || root.items.length !== 1)
    return fail(root, 'must be one key "tenants" with a list');
  const profiles = new Map<string, TenantProfile>();
  for (const item of list.items) {
    if (!isMap(item)) return fail(item as Node, 'must be a tenant with "id"');
    const [id, profile] = readTenant(item, fail);
    if (profiles.has(id)) fail(item, `id: ${JSON.stringify(id)} is there twice; ids are unique`);
    profiles.set(id, profile);
  }
  return profiles;
}

function readTenant(map: YAMLMap, fail: Fail): [string, TenantProfile] {
  for (const { key } of map.items)
    if (!KEYS.includes(String(key)))
      fail(key as Node, `${String(key)}: unknown key; allowed are ${KEYS.join(', ')}`);
  const refuse = (key: string, allowed: string): never =>
    fail(
      (map.get(key, true) as unknown as Node | undefined) ?? map,
      `${key}: must be ${allowed}; it is ${JSON.stringify(map.get(key) ?? null)}`,
    );
  const id = map.get('id');
  if (typeof id !== 'string' || id === '' || id.includes('|'))
    return refuse('id', 'text without "|", in quotes where it looks like a number');
  const maxSeries = map.get('maxSeries') ?? null;
  if (maxSeries !== null && !(Number.isInteger(maxSeries) && (maxSeries as number) >= 0))
    refuse('maxSeries', 'a whole number from 0');
  return [id, { maxSeries: maxSeries as number | null }];
}

/** Keeps the tenants as the file at a path has them; an empty path is no file. */
export class TenantsFile {
  #text = '';
  #refused = '';

  /** @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start */
  constructor(
    private readonly path: string,
    private readonly tenants: Tenants,
    private readonly log: Logger,
  ) {
    if (path !== '') this.#read();
  }

  /** Looks at the file until `signal` aborts. A wrong file changes nothing, and is told once. */
  async follow(signal: AbortSignal): Promise<void> {
    while (this.path !== '' && !signal.aborted) {
      await sleep(LOOK_EVERY_MS, signal);
      try {
        this.#read();
        this.#refused = '';
      } catch (error) {
        const problem = messageOf(error);
        if (problem !== this.#refused) this.log.error({ error }, `keeping the tenants in force: ${problem}`);
        this.#refused = problem;
      }
    }
  }

  #read(): void {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      const problem = `TENANTS_FILE: must be a readable file: ${messageOf(error)}`;
      throw new TactusError('TACTUS_CONFIG_INVALID', problem);
    }
    if (text === this.#text) return;
    const profiles = parseTenants(text, this.path);
    this.#text = text;
    this.tenants.useFile(profiles);
    this.log.info({ tenants: profiles.size }, 'tenants read from their file');
  }
}
