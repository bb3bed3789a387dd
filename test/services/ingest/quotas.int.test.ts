import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

const NOISY = 400;

describe('an ingest worker whose tenants have quotas', { timeout: 300_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('quotas');
  const client = new PlainClient(servers, prefix);
  const folder = mkdtempSync(join(tmpdir(), 'tactus-quotas-'));
  const file = join(folder, 'tenants.yaml');
  const env = { TOPIC_PREFIX: prefix, TENANTS_FILE: file, TACTUS_PARTITIONS: '2' };
  let ingest: WorkerProcess;

  before(async () => {
    writeFileSync(file, 'tenants:\n  - id: noisy\n    quotas: { pointsPerSecond: 0.5, burst: 20 }\n');
    ingest = await new WorkerProcess('ingest', { ...servers, ...env }).ready();
  });

  after(async () => {
    await ingest.stop();
    rmSync(folder, { recursive: true });
  });

  it('refuses what is over without a dead letter, and takes it when it is sent again, also after a restart', async () => {
    const encode = await client.encoder('ingest.metrics');
    const metrics = await client.follow<PlainPoint>('metrics');
    const letters = await client.follow('dlq');
    const of = (tenant: string) =>
      new Set(metrics.values.filter((one) => one.tenantId === tenant).map(({ id }) => id));
    const messageOf = (tenantId: string, id: string) => ({
      ...{ key: null, partition: 0 },
      value: encode(pointOf({ tenantId, id, timestamp: Date.now() })),
    });
    const noisy = Array.from({ length: NOISY }, (_, i) => messageOf('noisy', `n${i}`));
    await client.produce('ingest.metrics', [...noisy, messageOf('good', 'behind it')]);
    await until('the point behind them', () => of('good').size === 1);
    const over = () => ingest.metric('tactus_over_quota_total', { tenant: 'noisy', quantity: 'points' });
    // Counted once the commit is done; and they may be in another partition of metrics.
    await until('each to be let in or over', async () => of('noisy').size + (await over()) === NOISY);
    const { size } = of('noisy');
    // Ten at once, and one every two seconds for as long as the sends took.
    assert.ok(size >= 10 && size < 40, `${size}`);

    await ingest.stop();
    writeFileSync(file, 'tenants:\n  - id: noisy\n');
    ingest = await new WorkerProcess('ingest', { ...servers, ...env }).ready();
    await client.produce('ingest.metrics', [...noisy, messageOf('good', 'the last')]);
    await until('the last point', () => of('good').size === 2);
    await until('all that was over before', () => of('noisy').size === NOISY);
    assert.equal(
      metrics.values.filter(({ tenantId }) => tenantId === 'noisy').length,
      NOISY,
      'none came twice',
    );
    assert.equal(letters.values.length, 0);
    await Promise.all([metrics.close(), letters.close()]);
  });
});
