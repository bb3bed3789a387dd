import { createRedis, type Redis } from '../../../shared/adapters/redis/client.js';
import { RedisQuotas } from '../../../shared/adapters/redis/quota-store.js';
import { quotaDefaults } from '../../../shared/config/quota-defaults.js';
import { messageOf } from '../../../shared/core/errors.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { type QuotaSource, quotaSource } from '../../../shared/quotas/limits.js';
import { Quotas } from '../../../shared/quotas/quotas.js';
import { SharedQuotas, type WithoutStore } from '../../../shared/quotas/shared-quotas.js';
import { RareWarning } from '../../../shared/runners/rare-warning.js';
import type { KnownTenants } from '../../../shared/tenancy/known-tenants.js';
import { RequestQuotas } from './request-quotas.js';

export interface GatewayQuotas {
  readonly source: QuotaSource;
  readonly quotas: RequestQuotas;
  /** Tenants and keys that were forgotten. */
  evicted(): number;
  close(): void;
}

/**
 * The quotas of this gateway, counted together with the others in Redis unless configured otherwise.
 *
 * @param failed Redis did not answer, or is not connected; once a second at most
 */
export function gatewayQuotas(
  context: Pick<WorkerContext, 'config' | 'log' | 'name' | 'clock'>,
  tenants: KnownTenants,
  failed: () => void,
): GatewayQuotas {
  const { config, clock, log } = context;
  const { shared, withoutRedis, instances, redisTimeoutMs, lastingAfterMs, maxAccounts } = config.quotas;
  const source = quotaSource(tenants, quotaDefaults(config));
  const local = new Quotas({ source, lastingAfterMs, maxAccounts });
  local.share = 1 / instances;
  const evicted = () => local.evicted;
  if (shared === 'none') {
    const alone = {
      check: local.check.bind(local),
      take: local.takeAll.bind(local),
      states: local.states.bind(local),
    };
    return { source, quotas: new RequestQuotas(alone, source), evicted, close: () => {} };
  }
  const redis: Redis = createRedis(context);
  const prefix = `tactus:${config.kafka.topicPrefix}`;
  const warning = new RareWarning();
  const counter = new SharedQuotas({
    ...{ source, local, lastingAfterMs, maxAccounts, clock, withoutStore: withoutRedis as WithoutStore },
    store: new RedisQuotas(redis, { prefix, timeoutMs: redisTimeoutMs }),
    failed: (error) => {
      failed();
      const times = warning.add(1, clock.now());
      const why = messageOf(error);
      if (times > 0)
        log.warn(
          { error, times },
          `Redis does not count quotas (TACTUS_QUOTA_WITHOUT_REDIS=${withoutRedis}): ${why}`,
        );
    },
  });
  return { source, quotas: new RequestQuotas(counter, source), evicted, close: () => redis.disconnect() };
}
