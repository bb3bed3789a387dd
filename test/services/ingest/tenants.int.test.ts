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

describe('an ingest worker that refuses unknown tenants', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('tenants');
  const client = new PlainClient(servers, prefix);
  const folder = mkdtempSync(join(tmpdir(), 'tactus-tenants-'));
  const file = join(folder, 'tenants.yaml');
  let ingest: WorkerProcess;
  let sent = 0;

  before(async () => {
    writeFileSync(file, 'tenants:\n  - id: of-the-file\n');
    const env = { TOPIC_PREFIX: prefix, TENANTS_FILE: file, TACTUS_UNKNOWN_TENANTS: 'reject' };
    ingest = await new WorkerProcess('ingest', { ...servers, ...env }).ready();
  });

  after(async () => {
    await ingest.stop();
    rmSync(folder, { recursive: true });
  });

  it('lets in those of its file and of control.tenants, as both have them at the time', async () => {
    const encode = await client.encoder('ingest.metrics');
    const metrics = await client.follow<PlainPoint>('metrics');
    const letters = await client.follow<{ error: string; message: string }>('dlq');
    const send = async (tenantId: string) => {
      const id = `point-${sent++}`;
      const point = pointOf({ tenantId, id, timestamp: Date.now() });
      await client.produce('ingest.metrics', [{ key: tenantId, value: encode(point) }]);
    };
    /** Sends until a point of the tenant has come through. */
    const comesIn = (tenantId: string) =>
      until(`a point of ${tenantId}`, async () => {
        await send(tenantId);
        return metrics.values.some((point) => point.tenantId === tenantId);
      });

    await send('nobody');
    await comesIn('of-the-file');
    await letters.wait(1);
    assert.equal(letters.values[0]?.error, 'TACTUS_TENANT_UNKNOWN');
    assert.match(
      letters.values[0]?.message ?? '',
      /^tenantId is "nobody"; allowed is a tenant of TENANTS_FILE/,
    );

    await client.produce('control.tenants', [{ key: 'of-the-topic', value: Buffer.from('known') }]);
    await comesIn('of-the-topic');
    writeFileSync(file, 'tenants:\n  - id: of-the-file\n  - id: new-in-the-file\n');
    await comesIn('new-in-the-file');
    assert.ok(!metrics.values.some(({ tenantId }) => tenantId === 'nobody'));

    const before = letters.values.length;
    await client.produce('control.tenants', [{ key: 'of-the-topic', value: null }]);
    await until('the tenant to be gone', async () => {
      await send('of-the-topic');
      return letters.values.slice(before).some(({ message }) => message.includes('of-the-topic'));
    });
    await Promise.all([metrics.close(), letters.close()]);
  });
});
