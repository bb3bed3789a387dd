import { TactusError } from '../../../shared/core/errors.js';
import type { Exceeded } from '../../../shared/quotas/limits.js';

/** A request as a whole is more than its tenant, or its key, may send now. */
export class OverQuota extends TactusError {
  constructor(
    readonly tenantId: string,
    readonly exceeded: Exceeded,
    /** Whether the tenant wants to be asked to send again whatever lasts. */
    readonly alwaysRetry: boolean,
  ) {
    super('TACTUS_QUOTA_EXCEEDED', inWords(tenantId, exceeded));
  }
}

function inWords(tenantId: string, { quantity, of, limit, windowS, remaining, never }: Exceeded): string {
  const who = of === 'tenant' ? `tenant ${JSON.stringify(tenantId)}` : 'the key';
  const most = `${who} may send ${limit} ${quantity} in ${windowS} s`;
  return never
    ? `${most}, and the request has more than that: send smaller ones`
    : `${most}, of which ${remaining} are left, and the request has more`;
}
