import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { AlertControl, AnomalySensitivity, ApiKey, RuleConfig } from '../../schemas/types.js';
import { loadTenants } from '../../shared/catalog/tenants-file.js';
import { keySecret, keySecretText } from '../../shared/config/key-secret.js';
import { entryOf } from '../../shared/control/audit-entry.js';
import type { ControlAccess } from '../../shared/control/control-access.js';
import { messageOf } from '../../shared/core/errors.js';
import { isoTime } from '../../shared/core/iso-time.js';
import { writePrivateFile } from '../../shared/files/private-file.js';
import { ALL_TENANTS } from '../../shared/ports/keys.js';
import type { ControlChange, ControlStep } from '../../shared/runners/control-records.js';
import { KeySecret } from '../../shared/security/key-secret.js';
import type { TopicName } from '../../topics/names.js';
import {
  type Contents,
  fileText,
  keyOf,
  nameOf,
  nameOfKey,
  ONE,
  PARTS,
  type Part,
  type PartRecord,
  readFileText,
  refused,
  TOPICS,
} from './control-file.js';
import {
  countsOf,
  type ImportPlan,
  type Planned,
  planImport,
  problemOf,
  type RecordChecks,
  requireUsable,
} from './import-plan.js';

/** A hundred thousand keys and tenants have some 150 MB. */
const MAX_FILE_BYTES = 268_435_456;
/** Records that are written at once, with what `audit` says of them. */
const WRITTEN_AT_ONCE = 500;

export interface Exported {
  /** How many records of each part the file has. */
  readonly counts: Readonly<Record<Part, number>>;
  /** Records that have no effect anywhere and are not in the file, with the reason. */
  readonly leftOut: readonly string[];
  /** Tenants that `TENANTS_FILE` names: that file is the copy of what it sets. */
  readonly ofFile: readonly string[];
  /** False without `TACTUS_KEYS_SECRET`: then keys are in the file as they are. */
  readonly keysChecked: boolean;
}

/**
 * Writes the tenants, keys, rules, silences and sensitivities of the control topics to a file that only its owner may read. Waits for
 * servers.
 */
export async function exportControl(
  access: ControlAccess,
  path: string,
  checks: RecordChecks,
): Promise<Exported> {
  const text = keySecretText(access.config);
  const secret = text === null ? null : new KeySecret(text);
  const now = access.clock.now();
  const leftOut: string[] = [];
  const read = async (part: Part) => {
    const records = new Map<string, PartRecord>();
    const unreadable = (key: string, problem: string) => leftOut.push(`${nameOfKey(part, key)}: ${problem}`);
    for (const [key, value] of await access.latest(TOPICS[part].topic, unreadable)) {
      const record = identified(part, key, value);
      const problem =
        keyOf(part, record) === key
          ? problemOf(part, record, { checks, secret, now })
          : 'its key is no such key';
      if (problem === null) records.set(key, record);
      else leftOut.push(`${nameOf(part, record)}: ${problem}`);
    }
    return [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  };
  const contents = {
    tenants: await read('tenants'),
    keys: await read('keys'),
    rules: await read('rules'),
    silences: await read('silences'),
    sensitivities: await read('sensitivities'),
  } as unknown as Contents;
  const counts = countsOf((part) => contents[part].length);
  try {
    writePrivateFile(path, fileText(contents, isoTime(now)));
  } catch (error) {
    throw refused(path, [`cannot be written: ${messageOf(error)}`]);
  }
  await access.write(fileStep(access, 'control.export', path, inWords(counts)));
  const ofFile = [...loadTenants(access.config.ingest.tenantsFile).keys()];
  return { counts, leftOut, ofFile, keysChecked: secret !== null };
}

export interface ImportOptions {
  /** Writes records in the place of others of the same id; without, one such record refuses the whole file. */
  readonly replace: boolean;
  /** Writes nothing. */
  readonly dryRun: boolean;
  /** The parts that are imported. */
  readonly only: readonly Part[];
}

/**
 * Writes the records of a file to the control topics, after all of it was checked; what is there and not in the file
 * stays. Safe to repeat. Waits for servers.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` for a file with a mistake, and for keys of another secret
 */
export async function importControl(
  access: ControlAccess,
  path: string,
  checks: RecordChecks,
  { replace, dryRun, only }: ImportOptions,
): Promise<ImportPlan> {
  const contents = readFileText(readBounded(path), path);
  const parts = PARTS.filter((part) => only.includes(part));
  const secret = parts.includes('keys') && contents.keys.length > 0 ? keySecret(access.config) : null;
  requireUsable(contents, parts, path, { checks, secret, now: access.clock.now() });
  const present = new Map<Part, ReadonlyMap<string, PartRecord | null>>();
  for (const part of parts) {
    const found = new Map<string, PartRecord | null>();
    const unreadable = (key: string) => found.set(key, null);
    for (const [key, value] of await access.latest(TOPICS[part].topic, unreadable)) found.set(key, value);
    present.set(part, found);
  }
  const ofFile = loadTenants(access.config.ingest.tenantsFile);
  const outcome = planImport(contents, present, { secret, isReadOnly: (id) => ofFile.has(id) });
  const { changes, counts, conflicts, unchanged } = outcome;
  if (dryRun || (conflicts.length > 0 && !replace)) return outcome;
  const steps: ControlStep[] = [];
  for (let i = 0; i < changes.length; i += WRITTEN_AT_ONCE)
    steps.push(stepOf(access, changes.slice(i, i + WRITTEN_AT_ONCE)));
  const details = { ...inWords(counts), replaced: `${conflicts.length}`, unchanged: `${unchanged}` };
  await access.write(...steps, fileStep(access, 'control.import', path, details));
  return outcome;
}

/** What `audit` says of the whole file. */
function fileStep(
  access: ControlAccess,
  action: string,
  path: string,
  details: Record<string, string>,
): ControlStep {
  return { changes: [], entries: [entryOf(access, action, ALL_TENANTS, `file/${basename(path)}`, details)] };
}

function stepOf(access: ControlAccess, changes: readonly Planned[]): ControlStep {
  return {
    changes: changes.map(({ part, record }) => {
      const change = { topic: TOPICS[part].topic, key: keyOf(part, record), value: record };
      return change as ControlChange<TopicName>;
    }),
    entries: changes.map(({ part, record }) => {
      const one = ONE[part];
      return entryOf(access, `${one}.import`, tenantOf(part, record), `${one}/${record.id}`);
    }),
  };
}

function tenantOf(part: Part, record: PartRecord): string {
  if (part === 'tenants') return record.id;
  if (part === 'rules') return (record as RuleConfig).tenantGlob;
  return (record as ApiKey | AlertControl | AnomalySensitivity).tenantId || ALL_TENANTS;
}

/** As workers read it: tenants, rules, silences and acknowledgements are what their keys name. */
function identified(part: Part, key: string, record: PartRecord): PartRecord {
  if (part === 'keys' || part === 'sensitivities') return record;
  return { ...record, id: part === 'silences' ? key.slice(key.indexOf('|') + 1) : key };
}

function inWords(counts: Readonly<Record<Part, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(counts).map(([part, count]) => [part, `${count}`]));
}

function readBounded(path: string): string {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw refused(path, [`cannot be read: ${messageOf(error)}`]);
  }
}
