import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NO_PROFILE } from '../../../../shared/tenancy/profile.js';
import { LocalGateway } from '../../../support/local-gateway.js';
import { ownPrefix } from '../../../support/own-prefix.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';

const PATH = '/api/v1/metrics';
const points = (count: number) => JSON.stringify(Array(count).fill({ metric: 'm', value: 1 }));

/** What is not for Kafka of two gateways, and the real Redis. */
describe('two gateways', { timeout: 120_000 }, () => {
  const env = {
    ...{ REDIS_URL: sharedServers().REDIS_URL, TOPIC_PREFIX: ownPrefix('quotas') },
    ...{ TACTUS_QUOTA_SHARED: 'redis', TACTUS_QUOTA_INSTANCES: '2', TACTUS_QUOTA_REDIS_TIMEOUT_MS: '5000' },
  };
  /** Nothing listens there. */
  const withoutRedis = { REDIS_URL: 'redis://127.0.0.1:1' };
  let gateways: LocalGateway[] = [];

  /** So many in an hour, in windows of an hour, which nothing drains from while the test runs. */
  function allow(gateway: LocalGateway, count: number): void {
    const quotas = {
      ...{ ...NO_PROFILE.quotas, pointsPerSecond: count / 3_600 },
      ...({ algorithm: 'fixed-window', burst: 3_600 } as const),
    };
    gateway.profiles.useRecord('acme', { ...NO_PROFILE, quotas });
  }

  before(async () => {
    gateways = [await LocalGateway.start(env), await LocalGateway.start(env)];
    for (const gateway of gateways) allow(gateway, 100);
  });

  after(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
  });

  const letIn = async (gateway: LocalGateway | undefined, count: number) =>
    (await (gateway as LocalGateway).post(PATH, points(count))).status;

  it('let in together what a tenant may send, and more when it may', async () => {
    // Until Redis is there each gateway counts its own part.
    for (const gateway of gateways)
      await until('Redis', async () => {
        const { headers } = await gateway.post(PATH, '[]');
        return String(headers['ratelimit-policy']).includes('q=100;');
      });
    let sum = 0;
    for (let i = 0; i < 60; i++) if ((await letIn(gateways[i % 2], 5)) === 200) sum += 5;
    assert.ok(sum > 90 && sum <= 100, String(sum));
    assert.deepEqual([await letIn(gateways[0], 20), await letIn(gateways[1], 20)], [429, 429]);
    for (const gateway of gateways) allow(gateway, 200);
    assert.equal(await letIn(gateways[1], 80), 200);
  });

  it('let their own part in while Redis is away, all or nothing by configuration', async () => {
    for (const [mode, statuses] of [
      ['local', [200, 429, 200]],
      ['open', [200, 200, 200]],
      ['closed', [503, 503, 503]],
    ] as const) {
      const alone = await LocalGateway.start({ ...env, ...withoutRedis, TACTUS_QUOTA_WITHOUT_REDIS: mode });
      allow(alone, 100);
      try {
        const found = [];
        for (const count of [40, 30, 10]) found.push(await letIn(alone, count));
        assert.deepEqual(found, statuses, mode);
      } finally {
        await alone.stop();
      }
    }
  });
});
