import { createPool } from '../../../shared/adapters/postgres/pool.js';
import type { Config } from '../../../shared/config/load.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { untilItWorks } from '../../../shared/process/wait.js';
import type { AuditTrail } from '../../../shared/runners/audit-trail.js';
import { CodeLimits } from './code-limits.js';
import { FederatedLogins } from './federated-logins.js';
import { addFirstAdmin, firstAdminPassword } from './first-admin.js';
import { followPeople } from './follow-people.js';
import { IdentityProvider } from './identity-provider.js';
import { LoginLimits } from './login-limits.js';
import { LoginLinks } from './login-links.js';
import { OwnAccount } from './own-account.js';
import { Passwords } from './passwords.js';
import { PeopleAudit } from './people-audit.js';
import { peopleSecret } from './people-secret.js';
import { PostgresLinks } from './postgres-links.js';
import { PostgresPeople } from './postgres-people.js';
import { providerOptions } from './provider-options.js';
import { Revocations } from './revocations.js';
import { SecondFactor } from './second-factor.js';
import { Sessions } from './sessions.js';
import { SigningKeys } from './signing-keys.js';
import type { PeopleTelemetry } from './telemetry.js';
import { UserAdmin } from './user-admin.js';
import { UserCallers } from './user-callers.js';

/** The embedded database answers one after the other, and may have slow queries before ours. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** People, for routes and for who lets callers in. */
export interface People {
  readonly callers: UserCallers;
  readonly sessions: Sessions;
  readonly account: OwnAccount;
  readonly admin: UserAdmin;
  /** Null where no identity provider is set up. */
  readonly federated: FederatedLogins | null;
  readonly keys: SigningKeys;
  readonly audit: PeopleAudit;
}

/** @throws TactusError `TACTUS_CONFIG_INVALID` for what {@link openPeople} would refuse */
export function checkPeopleConfig(config: Config): void {
  firstAdminPassword(config.api.adminPasswordFile);
  providerOptions(config, () => {});
}

/** Opens all that is about people, on connections of its own: a slow query of others delays no revocation. Waits for the database. */
export async function openPeople(
  context: WorkerContext,
  trail: Pick<AuditTrail, 'done' | 'refusedTo'>,
  telemetry: PeopleTelemetry,
): Promise<People & { readonly close: () => Promise<void> }> {
  const { clock, config, log } = context;
  const adminPassword = firstAdminPassword(config.api.adminPasswordFile);
  const options = providerOptions(config, (line) => log.warn(line));
  const secret = peopleSecret(config);
  const pool = createPool({ ...context, name: 'people' }, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const store = new PostgresPeople(pool);
  const keys = new SigningKeys();
  const revocations = new Revocations();
  const stop = await followPeople(context, { store, secret, keys, revocations });
  telemetry.watch(() => revocations.age(clock.now()));
  const audit = new PeopleAudit(trail, telemetry);
  const passwords = new Passwords();
  const secondFactor = new SecondFactor(store, secret);
  const limits = new LoginLimits();
  const codeLimits = new CodeLimits();
  const links = new LoginLinks({ links: new PostgresLinks(pool), store, clock });
  const parts = { store, secret, passwords, secondFactor, links, keys, limits, codeLimits, audit, clock };
  const sessions = new Sessions(parts);
  if (adminPassword !== null) {
    const waiting = { what: 'the database (users)', signal: context.stopping, log, health: context.health };
    if (await untilItWorks(() => addFirstAdmin(adminPassword, parts), waiting))
      log.info('the user admin is added');
  }
  const federated =
    options === null
      ? null
      : new FederatedLogins({
          ...config.oidc,
          ...{ provider: new IdentityProvider(options, secret, clock), store, sessions, audit, clock },
        });
  return {
    federated,
    callers: new UserCallers({ keys, revocations, audit, clock }),
    sessions,
    account: new OwnAccount({ ...parts, passwordLimits: new CodeLimits() }),
    admin: new UserAdmin(parts),
    ...{ keys, audit },
    close: async () => {
      await stop();
      await pool.end();
    },
  };
}
