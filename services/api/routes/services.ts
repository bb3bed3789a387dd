import type { Config } from '../../../shared/config/load.js';
import type { Clock } from '../../../shared/core/clock.js';
import type { TenantDatabase } from '../queries/tenant-database.js';

/** What routes work with. */
export interface ApiServices {
  readonly database: TenantDatabase;
  readonly limits: Config['api'];
  readonly clock: Clock;
}
