import { keySecretText } from '../../shared/config/key-secret.js';
import type { Config } from '../../shared/config/schema.js';
import { isLimited, type Quantity, type QuotaDefaults, quotaSource } from '../../shared/quotas/limits.js';
import { countedMarks } from '../../shared/security/counted-mark.js';
import type { KnownTenants } from '../../shared/tenancy/known-tenants.js';
import { ArrivalQuotas } from './arrival-quotas.js';

/** A tenant without quotas of its own, or of `*`, has none. */
const NO_DEFAULTS: QuotaDefaults = {
  ...{ pointsPerSecond: 0, bytesPerSecond: 0, eventsPerSecond: 0 },
  ...{ algorithm: 'token-bucket', burstS: 10 },
};
/** Tenants that something is known of. */
const MAX_TENANTS = 20_000;

/** Quotas as file and topic set them. */
export function arrivalQuotas(
  config: Config,
  profiles: KnownTenants,
  over: (tenant: string, quantity: Quantity, records: number) => void,
): ArrivalQuotas {
  const secret = keySecretText(config);
  return new ArrivalQuotas({
    source: quotaSource(profiles, NO_DEFAULTS),
    limited: () => profiles.some(isLimited),
    maxTenants: MAX_TENANTS,
    // Without the secret marks cannot be checked, and records of the gateway count as those of others.
    markOf: secret === null ? null : countedMarks(secret),
    over,
  });
}
