import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ownPrefix } from '../../support/own-prefix.js';
import { EVENT_SCHEMA, PlainClient, type PlainLetter, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

const MAPPINGS = `mappings:
  - { name: plays, type: song_play, metric: plays, value: 1, tags: { device: { attribute: device } } }
  - { name: seconds, type: song_*, when: attributes.seconds > 0.0, metric: seconds, value: { attribute: seconds } }
`;
/** As avsc wants values of a union with several numbers. */
function wrapped(attributes: Readonly<Record<string, string | number>>): object {
  const entries = Object.entries(attributes);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'number' ? { double: value } : { string: value }]),
  );
}

/** So short that a point is late when its partition has been overtaken by little. */
const WINDOWS = 'windows: [{ name: 1s, size: 1s, grace: 200ms }]\n';
const TENANT = 'music';

interface PlainWindow {
  readonly metric: string;
  readonly count: number;
  readonly sum: number;
}

describe('ingest with mappings of events', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('mappings');
  const client = new PlainClient(servers, prefix);
  const folder = mkdtempSync(join(tmpdir(), 'tactus-mappings-'));
  const files = { MAPPINGS_FILE: join(folder, 'mappings.yaml'), WINDOWS_FILE: join(folder, 'windows.yaml') };
  const env = {
    ...servers,
    ...files,
    TOPIC_PREFIX: prefix,
    TACTUS_IDLE_TIMEOUT_MS: '1000',
    TACTUS_INSTANCE_ID: 'one',
  };
  const workers: WorkerProcess[] = [];
  const start = async (name: string) => {
    const worker = new WorkerProcess(name, env);
    workers.push(worker);
    return await worker.ready();
  };
  let sent = 0;

  before(() => {
    writeFileSync(files.MAPPINGS_FILE, MAPPINGS);
    writeFileSync(files.WINDOWS_FILE, WINDOWS);
  });
  after(async () => {
    for (const worker of workers) await worker.stop();
    rmSync(folder, { recursive: true });
  });

  async function sendAll(attributes: readonly Record<string, string | number>[]): Promise<void> {
    const encode = await client.encoder('ingest.events', EVENT_SCHEMA);
    const encodePoint = await client.encoder('ingest.metrics');
    const timestamp = Date.now();
    await client.produce(
      'ingest.events',
      attributes.map((each) => {
        const id = `e${sent++}`;
        const event = {
          id,
          tenantId: TENANT,
          type: 'song_play',
          timestamp,
          subjectId: 'ada',
          attributes: wrapped(each),
        };
        return { key: id, value: encode(event) };
      }),
    );
    const points = Array.from({ length: 50 }, (_, i) =>
      pointOf({ tenantId: TENANT, metric: `m${i}`, timestamp }),
    );
    await client.produce(
      'ingest.metrics',
      points.map((point) => ({ key: point.metric, value: encodePoint(point) })),
    );
  }

  it('makes each point once, none of them late, though it is killed and away; follows its file; refuses by event', async () => {
    const ingest = await start('ingest');
    await start('windowing');
    const metrics = await client.follow<PlainPoint>('metrics');
    const windows = await client.follow<PlainWindow>('windows');
    const late = await client.follow<{ point: PlainPoint }>('late');
    const letters = await client.follow<PlainLetter>('dlq');
    const good = { seconds: 2, device: 'ios' };
    const mapped = () => metrics.values.filter(({ source }) => source === 'tactus/mappings');

    await sendAll([good, good, { seconds: 'long', device: 'web' }]);
    await letters.wait(1);
    assert.equal(letters.values[0]?.error, 'TACTUS_MAPPING_FAILED');
    assert.match(
      letters.values[0]?.message ?? '',
      /^the event was accepted, mapping seconds: when: no such overload/,
    );
    assert.equal(letters.values[0]?.topic, `${prefix}ingest.events`);

    const before = Date.now();
    ingest.kill('SIGKILL');
    await ingest.exited;
    // Long enough that windows of that time would be closed, had the others gone on alone.
    await until('an outage', async () => {
      await sendAll([good, good, good]);
      return Date.now() > before + 4_000;
    });
    const again = await start('ingest');
    await sendAll([good]);
    const events = () => sent;
    await until('all points', () => mapped().length >= 2 * events() - 1);

    writeFileSync(files.MAPPINGS_FILE, MAPPINGS.replace('metric: plays', 'metric: plays.renamed'));
    await until('the mapping to have changed', async () => {
      await sendAll([good]);
      return metrics.values.some(({ metric }) => metric === 'plays.renamed');
    });
    await until('all points', () => mapped().length >= 2 * events() - 1);
    const ids = mapped().map(({ id }) => id);
    assert.equal(ids.length, 2 * events() - 1);
    assert.equal(new Set(ids).size, ids.length);
    const total = (metric: string) =>
      windows.values.filter((each) => each.metric === metric).reduce((sum, { count }) => sum + count, 0);
    const plays = () => total('plays') + total('plays.renamed');
    await until('all windows', () => total('seconds') >= events() - 1 && plays() >= events());
    assert.equal(total('seconds'), events() - 1);
    assert.equal(plays(), events());
    assert.deepEqual(late.values, []);
    assert.equal(letters.values.length, 1);
    assert.equal(
      await again.metric('tactus_mapped_events_total', { mapping: 'plays', outcome: 'failed' }),
      0,
    );
    await Promise.all([metrics, windows, late, letters].map((one) => one.close()));
  });

  it('refuses to start with a mapping of members and no secret', async () => {
    writeFileSync(files.MAPPINGS_FILE, 'mappings: [{ name: u, type: "*", metric: users, kind: member }]\n');
    const worker = new WorkerProcess('ingest', env);
    assert.equal((await worker.exited).code, 78);
    assert.match(
      worker.output,
      /TACTUS_MEMBER_SECRET \(ingest\.memberSecret\) is missing; mapping u is of kind member/,
    );
  });
});
