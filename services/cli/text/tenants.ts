import type { ListedTenant, Removal } from '../../../shared/control/tenants.js';
import { setOf } from '../../../shared/tenancy/profile.js';
import { tableText } from './table.js';

/** Tenants as a table. */
export function tenantsText(tenants: readonly ListedTenant[]): string[] {
  if (tenants.length === 0) return ['no tenants: `tactus tenants apply` writes those of a file'];
  const rows = tenants.map(({ id, source, profile, problem }) => {
    const { name: _, ...rest } = setOf(profile);
    const set = problem === null ? JSON.stringify(rest) : `sets nothing: ${problem}`;
    return [id, source === 'file' ? 'TENANTS_FILE (read-only)' : 'control.tenants', profile.name ?? '', set];
  });
  return tableText([['id', 'from', 'name', 'set'], ...rows]);
}

/** A tenant as JSON. */
export function tenantJson({ id, source, profile, problem }: ListedTenant): object {
  return { id, source, readOnly: source === 'file', problem, ...setOf(profile) };
}

/** What becomes of a tenant that is removed. */
export function removalText(removal: Removal): string[] {
  const { id, keys, rules, silences, sensitivities, acknowledgements } = removal;
  const named = (names: readonly string[], none: string, what: string) =>
    names.length === 0 ? none : `${names.join(', ')} ${what}`;
  return [
    `tenant ${id}: its profile is removed`,
    `keys: ${named(
      keys.map((key) => key.id),
      'none is in force',
      'revoked',
    )}`,
    `rules for it alone: ${named([...rules.keys()], 'none', 'removed')}`,
    `silences for it alone: ${named(
      [...silences.values()].map((silence) => silence.id),
      'none is in force',
      'end',
    )}`,
    ...(sensitivities.size === 0 ? [] : [`sensitivities of its metrics: ${sensitivities.size} removed`]),
    ...(acknowledgements.length === 0 ? [] : [`acknowledgements: ${acknowledgements.length} removed`]),
    'data: stay as long as the retention of the tenant * says, for ever where that says nothing',
  ];
}
