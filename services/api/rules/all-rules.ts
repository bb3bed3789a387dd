import type { Asking } from '../access/asking.js';
import type { Acting } from '../acting/acting.js';
import type { FileRules } from './file-rules.js';
import { rulesOfTenant, type TenantRule } from './rules-of-tenant.js';

/** Where rules are. */
export interface RuleSources {
  readonly acting: Pick<Acting, 'control'>;
  readonly fileRules: Pick<FileRules, 'current'>;
}

/** All rules that are about the tenant, as they are now. */
export async function allRules(
  { acting, fileRules }: RuleSources,
  { tenantId }: Pick<Asking, 'tenantId'>,
): Promise<TenantRule[]> {
  const records = await acting.control.as('').latest('control.rules');
  return rulesOfTenant(tenantId, records, fileRules.current.rules);
}
