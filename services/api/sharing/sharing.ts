import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Clock } from '../../../shared/core/clock.js';
import type { Refused } from '../access/asking.js';
import type { People } from '../people/people.js';
import type { TenantDatabase } from '../queries/tenant-database.js';
import { PostgresShares } from './postgres-shares.js';
import { ShareCallers } from './share-callers.js';
import { ShareLinks } from './share-links.js';
import { SharedReads } from './shared-reads.js';

/** Links to dashboards: how they are made and opened, and what they read. */
export interface Sharing {
  readonly links: ShareLinks;
  readonly reads: SharedReads;
}

export function openSharing(parts: {
  readonly pool: Pool;
  readonly database: TenantDatabase;
  readonly people: Pick<People, 'keys' | 'audit'>;
  readonly refused: Refused;
  readonly clock: Clock;
}): Sharing & { readonly callers: ShareCallers } {
  const { pool, database, people, refused, clock } = parts;
  const { keys, audit } = people;
  return {
    callers: new ShareCallers({ keys, clock }),
    links: new ShareLinks({ store: new PostgresShares(pool), keys, audit, clock }),
    reads: new SharedReads({ database, refused }),
  };
}
