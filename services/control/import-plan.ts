import type {
  AlertControl,
  AnomalySensitivity,
  ApiKey,
  RuleConfig,
  TenantConfig,
} from '../../schemas/types.js';
import { profileOf } from '../../shared/catalog/tenants-file.js';
import { canonical } from '../../shared/control/canonical.js';
import type { Millis } from '../../shared/core/clock.js';
import { attempt } from '../../shared/core/errors.js';
import type { KeySecret } from '../../shared/security/key-secret.js';
import { type Contents, keyOf, nameOf, PARTS, type Part, type PartRecord, refused } from './control-file.js';

/** What workers make of records, each saying why one cannot be in force; null where it can. */
export interface RecordChecks {
  rule(rule: RuleConfig): string | null;
  silence(control: AlertControl, now: Millis): string | null;
  sensitivity(sensitivity: AnomalySensitivity): string | null;
}

/** A record that is to be written. */
export interface Planned {
  readonly part: Part;
  readonly record: PartRecord;
}

export interface ImportPlan {
  /** The records that are written, or would be. */
  readonly changes: readonly Planned[];
  readonly counts: Readonly<Record<Part, number>>;
  /** How many are there already, the same. */
  readonly unchanged: number;
  /** Records that are there already, and not the same; nothing was written where there is one, but for `replace`. */
  readonly conflicts: readonly string[];
  /** Tenants of `TENANTS_FILE`, which are left out. */
  readonly readOnly: readonly string[];
  /** Keys that were revoked here, which is final. */
  readonly revoked: readonly string[];
}

/** What decides whether a record is good. */
export interface Requirements {
  readonly checks: RecordChecks;
  /** Null where MACs are not checked. */
  readonly secret: KeySecret | null;
  readonly now: Millis;
}

/**
 * @param path of the file, for messages
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming every record that could not be in force
 */
export function requireUsable(
  contents: Contents,
  parts: readonly Part[],
  path: string,
  requirements: Requirements,
): void {
  const { secret } = requirements;
  if (secret !== null) requireSameSecret(contents.keys, secret, path);
  const problems = parts.flatMap((part) =>
    contents[part].flatMap((record) => {
      const problem = problemOf(part, record, requirements);
      return problem === null ? [] : [`${nameOf(part, record)}: ${problem}`];
    }),
  );
  if (problems.length > 0) throw refused(path, problems);
}

/**
 * What writing the contents of a file would do.
 *
 * @param present the records that there are, by part and key, null for one that cannot be read; other parts are left out
 */
export function planImport(
  contents: Contents,
  present: ReadonlyMap<Part, ReadonlyMap<string, PartRecord | null>>,
  {
    secret,
    isReadOnly,
  }: { readonly secret: KeySecret | null; readonly isReadOnly: (tenant: string) => boolean },
): ImportPlan {
  const [changes, conflicts, readOnly, revoked]: [Planned[], string[], string[], string[]] = [[], [], [], []];
  let unchanged = 0;
  for (const [part, records] of present)
    for (const record of contents[part]) {
      const before = records.get(keyOf(part, record));
      if (part === 'tenants' && isReadOnly(record.id)) readOnly.push(record.id);
      else if (before && canonical(before) === canonical(record)) unchanged += 1;
      else if (part === 'keys' && isFinal(before, record, secret)) revoked.push(record.id);
      else {
        if (before !== undefined) conflicts.push(nameOf(part, record));
        changes.push({ part, record });
      }
    }
  const counts = countsOf((part) => changes.filter((change) => change.part === part).length);
  return { changes, counts, unchanged, conflicts, readOnly, revoked };
}

/** Why a record has no effect, or must not have one; null for a good one. */
export function problemOf(
  part: Part,
  record: PartRecord,
  {
    checks,
    secret,
    now,
  }: { readonly checks: RecordChecks; readonly secret: KeySecret | null; readonly now: Millis },
): string | null {
  switch (part) {
    case 'tenants':
      return attempt(() => profileOf(record.id, record as TenantConfig)).problem;
    case 'keys':
      return secret === null || secret.isSealed(record as ApiKey) ? null : 'its MAC is wrong';
    case 'rules':
      return checks.rule(record as RuleConfig);
    case 'silences':
      return checks.silence(record as AlertControl, now);
    case 'sensitivities':
      return checks.sensitivity(record as AnomalySensitivity);
  }
}

/** Where no key fits, the secret is another one, and the remedy too. */
function requireSameSecret(keys: readonly ApiKey[], secret: KeySecret, path: string): void {
  if (keys.length === 0 || keys.some((key) => secret.isSealed(key))) return;
  throw refused(path, [
    `keys: none of the ${keys.length} has a right MAC: TACTUS_KEYS_SECRET is another one here than where they were made, and everybody would refuse them. Set the secret of that installation, or leave the keys out (--only tenants,rules,silences,sensitivities) and make new ones`,
  ]);
}

/** Whether a key was revoked, by somebody who knows the secret, and would no longer be. */
function isFinal(
  before: PartRecord | null | undefined,
  record: PartRecord,
  secret: KeySecret | null,
): boolean {
  if (!before) return false;
  const [known, next] = [before as ApiKey, record as ApiKey];
  return known.revokedAt !== null && next.revokedAt === null && secret?.isSealed(known) === true;
}

export function countsOf(count: (part: Part) => number): Readonly<Record<Part, number>> {
  return Object.fromEntries(PARTS.map((part) => [part, count(part)])) as Record<Part, number>;
}
