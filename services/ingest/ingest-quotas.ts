import { keySecretText } from '../../shared/config/key-secret.js';
import { quotaDefaults } from '../../shared/config/quota-defaults.js';
import type { Config } from '../../shared/config/schema.js';
import { type Quantity, quotaSource } from '../../shared/quotas/limits.js';
import { countedMarks } from '../../shared/security/counted-mark.js';
import type { KnownTenants } from '../../shared/tenancy/known-tenants.js';
import { ArrivalQuotas } from './arrival-quotas.js';

/** Quotas as file, topic and configuration set them. */
export function arrivalQuotas(
  config: Config,
  profiles: KnownTenants,
  over: (tenant: string, quantity: Quantity, records: number) => void,
  shareOf: (tenant: string, demand: number) => number,
): ArrivalQuotas {
  const secret = keySecretText(config);
  return new ArrivalQuotas({
    source: quotaSource(profiles, quotaDefaults(config)),
    maxTenants: config.quotas.maxAccounts,
    // Without the secret marks cannot be checked, and records of the gateway count as those of others.
    markOf: secret === null ? null : countedMarks(secret),
    over,
    shareOf,
  });
}
