import type { Config } from '../../../shared/config/load.js';
import type { Clock } from '../../../shared/core/clock.js';
import type { Acting } from '../acting/acting.js';
import type { People } from '../people/people.js';
import type { TenantDatabase } from '../queries/tenant-database.js';

/** What routes work with. */
export interface ApiServices {
  readonly database: TenantDatabase;
  readonly limits: Config['api'];
  readonly clock: Clock;
  readonly people: People;
  /** Whether cookies are sent over HTTPS only. */
  readonly secureCookies: boolean;
  readonly acting: Acting;
}
