import type { QuotaDefaults } from '../quotas/limits.js';
import type { Config } from './schema.js';

/** The quotas of tenants that have none set for themselves. */
export function quotaDefaults({ quotas }: Pick<Config, 'quotas'>): QuotaDefaults {
  const { perSecondBytes, algorithm, ...rest } = quotas;
  return { ...rest, bytesPerSecond: perSecondBytes, algorithm: algorithm as QuotaDefaults['algorithm'] };
}
