import { userInfo } from 'node:os';
import type { AuditEntry } from '../../shared/runners/audit-trail.js';

/** What `audit` says of something that a command has done, which whoever runs it is the user of. */
export function entryOf(
  action: string,
  tenantId: string,
  resource: string,
  details: Record<string, string> = {},
): AuditEntry {
  return { tenantId, action, user: userInfo().username, resource, outcome: 'done', details };
}
