import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runTactus } from '../../support/command-line.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { limitTopic } from '../../support/topics.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

const LIMIT_BYTES = 10_000;

describe('tactus dlq replay of a record that its topic does not take', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const client = new PlainClient(servers, ownPrefix('replay-refused'));
  const env = { ...servers, TOPIC_PREFIX: client.prefix, TACTUS_MAX_TAGS: '1' };
  let ingest: WorkerProcess;

  before(async () => {
    ingest = await new WorkerProcess('ingest', env).ready();
    const encode = await client.encoder('ingest.metrics');
    const refused = (id: string, host: string) => ({
      key: 'acme|cpu',
      value: encode(
        pointOf({ tenantId: 'acme', metric: 'cpu', timestamp: Date.now(), id, tags: { host, core: '1' } }),
      ),
    });
    await client.produce('ingest.metrics', [
      refused('a', 'a'),
      refused('large', 'x'.repeat(2 * LIMIT_BYTES)),
      refused('b', 'b'),
    ]);
    await until('dead letters', async () => (await ingest.metric('tactus_records_refused_total')) === 3);
    await ingest.stop();
    const admin = client.kafka.admin();
    await admin.connect();
    await limitTopic(admin, `${client.prefix}ingest.metrics`, LIMIT_BYTES);
    await admin.disconnect();
  });
  after(() => ingest.stop());

  it('leaves that one alone, and replays the others', async () => {
    const replay = async (...args: string[]) => {
      const { code, stdout, stderr } = await runTactus(
        ['dlq', 'replay', '--json', '--timeout', '20s', ...args],
        env,
      );
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    };
    assert.deepEqual(await replay('--force'), {
      ...{ dryRun: false, replayed: 2, byTopic: { 'ingest.metrics': 2 } },
      skipped: { 'its topic does not take it': 1 },
    });
    const { skipped } = await replay();
    assert.equal(skipped['it was replayed before'], 2);
  });
});
