import type { AuditEntry } from '../runners/audit-trail.js';
import type { ControlAccess } from './control-access.js';

/** What `audit` says of something that was done. */
export function entryOf(
  { user }: Pick<ControlAccess, 'user'>,
  action: string,
  tenantId: string,
  resource: string,
  details: Record<string, string> = {},
): AuditEntry {
  return { tenantId, action, user, resource, outcome: 'done', details };
}
