import type { Config } from '../../../shared/config/load.js';
import type { Clock } from '../../../shared/core/clock.js';
import type { Logger } from '../../../shared/process/logger.js';
import type { Gatekeeper } from '../access/asking.js';
import type { Acting } from '../acting/acting.js';
import type { AnswerCache } from '../cache/answer-cache.js';
import type { Live } from '../live/live.js';
import type { People } from '../people/people.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { TenantDatabase } from '../queries/tenant-database.js';
import type { FileRules } from '../rules/file-rules.js';
import type { Sharing } from '../sharing/sharing.js';

/** What routes work with. */
export interface ApiServices {
  readonly database: TenantDatabase;
  /** Null keeps no answers. */
  readonly cache: AnswerCache | null;
  readonly limits: Config['api'];
  readonly clock: Clock;
  readonly people: People;
  /** Whether cookies are sent over HTTPS only. */
  readonly secureCookies: boolean;
  readonly acting: Acting;
  readonly sharing: Sharing;
  readonly live: Live;
  readonly pipeline: Pipeline;
  readonly fileRules: Pick<FileRules, 'current'>;
  readonly gatekeeper: Gatekeeper;
  readonly log: Logger;
  /** Of web pages that may ask, besides those of the same origin. */
  readonly corsOrigins: readonly string[];
}
