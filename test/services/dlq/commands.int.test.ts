import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runTactus } from '../../support/command-line.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

describe('tactus dlq', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const client = new PlainClient(servers, ownPrefix('dlq'));
  const env = {
    ...{ ...servers, TOPIC_PREFIX: client.prefix, TACTUS_DEDUP_WINDOW_MS: '1000' },
    // The dead letters of acme|cpu are in the last.
    TACTUS_PARTITIONS: '7',
  };
  let ingest: WorkerProcess;

  before(async () => {
    ingest = await new WorkerProcess('ingest', { ...env, TACTUS_MAX_TAGS: '1' }).ready();
    const encode = await client.encoder('ingest.metrics');
    const point = (id: string, change: Partial<PlainPoint>): PlainPoint =>
      pointOf({ tenantId: 'acme', metric: 'cpu', timestamp: Date.now(), id, ...change });
    const two = { host: 'a', core: '1' };
    await client.produce('ingest.metrics', [
      { key: 'acme|cpu', value: encode(point('good', {})) },
      { key: 'acme|cpu', value: encode(point('a', { tags: two })) },
      { key: 'bolt|cpu', value: encode(point('b', { tenantId: 'bolt', tags: two })) },
      { key: 'acme|cpu', value: Buffer.from('hello') },
      { key: null, value: null },
    ]);
    await until('four dead letters', async () => (await ingest.metric('tactus_records_refused_total')) === 4);
  });
  after(async () => {
    await ingest.stop();
  });

  const tactus = (...args: string[]) => runTactus(['dlq', ...args], env);

  async function list(...args: string[]) {
    const { code, stdout, stderr } = await tactus('ls', '--json', ...args);
    assert.equal(code, 0, stderr);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  it('lists by topic, error, tenant and time, as a table and as JSON', async () => {
    const { code, stdout } = await tactus('ls');
    assert.equal(code, 0);
    assert.match(stdout, /^id +failed at +worker +error +from +tenant +replayed +message\n/);
    assert.match(stdout, /\n4 dead letters\n {2}2 {2}TACTUS_TAGS_TOO_MANY\n/);
    const tags = await list('--error', 'TACTUS_TAGS_*');
    assert.deepEqual(tags.map(({ decoded }) => decoded.id).sort(), ['a', 'b']);
    assert.deepEqual(
      (await list('--tenant', 'bolt', '--topic', 'ingest.*')).map(({ tenantId }) => tenantId),
      ['bolt'],
    );
    assert.equal((await list('--until', '1h')).length, 0);
    assert.equal((await list('--since', '1h', '--limit', '2')).length, 2);
  });

  it('shows one with its reason, origin and bytes, and says when there is none', async () => {
    const [hello] = await list('--error', 'TACTUS_RECORD_BAD_MAGIC');
    const { stdout } = await tactus('show', hello.id);
    assert.match(stdout, /error +TACTUS_RECORD_BAD_MAGIC\n/);
    assert.match(stdout, new RegExp(`from +${client.prefix}ingest.metrics\\[\\d\\]@\\d+\n`));
    assert.match(stdout, /\n\nhello\n\n0000 {2}68 65 6c 6c 6f\n/);
    const [a] = await list('--error', 'TACTUS_TAGS_*', '--tenant', 'acme');
    assert.match((await tactus('show', a.id)).stdout, /"core": "1"/);
    assert.deepEqual(await tactus('show', '0:999999'), {
      ...{ code: 1, stdout: '', stderr: 'tactus dlq show: there is no dead letter 0:999999\n' },
    });
    assert.equal((await tactus('show', 'x')).code, 2);
    const unknown = await tactus('replay', '0:999999');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no dead letter 0:999999/);
  });

  it('replays to where the records came from, once, with a count of the attempts', async () => {
    const filter = ['--error', 'TACTUS_TAGS_*', '--json'];
    const outcome = async (...args: string[]) =>
      JSON.parse((await tactus('replay', ...filter, ...args)).stdout);
    assert.deepEqual(await outcome('--dry-run'), {
      ...{ dryRun: true, replayed: 2, byTopic: { 'ingest.metrics': 2 }, skipped: {} },
    });
    assert.equal((await list('--error', 'TACTUS_TAGS_*')).length, 2, 'nothing has been done');

    // Refused again: what comes back says so.
    await until('the ids to be forgotten', async () => (await outcome()).replayed === 2);
    const again = await until('two more dead letters', async () => {
      const letters = await list('--error', 'TACTUS_TAGS_*');
      return letters.length === 4 ? letters : null;
    });
    assert.deepEqual(again.map(({ attempts }) => attempts).sort(), [0, 0, 1, 1]);
    assert.deepEqual(
      again.filter(({ replayed }) => replayed !== null).map(({ attempts }) => attempts),
      [0, 0],
    );

    // The cause is mended: two replays at once, and one after, bring each record to `metrics` once.
    await until('the ids to be forgotten', async () => (await outcome('--dry-run')).replayed === 2);
    await ingest.stop();
    ingest = await new WorkerProcess('ingest', env).ready();
    const both = await Promise.all([tactus('replay', ...filter), tactus('replay', ...filter)]);
    await outcome();
    assert.ok(both.some(({ code }) => code === 0));
    const metrics = await client.follow<PlainPoint>('metrics');
    try {
      await metrics.wait(3);
      assert.deepEqual(metrics.values.map(({ id }) => id).sort(), ['a', 'b', 'good']);
    } finally {
      await metrics.close();
    }
    assert.deepEqual((await outcome()).skipped, { 'it was replayed before': 4 });
    assert.equal((await outcome('--force', '--dry-run')).replayed, 4);
  });
});
