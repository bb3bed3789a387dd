import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { type Figures, type LateReport, recompute, windowKey } from '../../support/recompute.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

interface WindowRecord extends Figures {
  tenantId: string;
  metric: string;
  tags: Record<string, string>;
  window: string;
  start: number;
}

const UNCHANGED = [
  '  - { name: 1m, kind: hopping, size: 1m, advance: 10s }\n',
  '  - { name: visit, kind: session, gap: 10s, maxLength: 60m }\n',
].join('');

describe('windowing while its definitions change', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('reload');
  const client = new PlainClient(servers, prefix);
  const folder = mkdtempSync(join(tmpdir(), 'tactus-reload-'));
  const file = join(folder, 'windows.yaml');
  let worker: WorkerProcess;

  /** In one go, as a mounted configuration changes. */
  const write = (text: string) => {
    writeFileSync(`${file}.new`, `windows:\n${text}`);
    renameSync(`${file}.new`, file);
  };
  const reloads = (outcome: string) => worker.metric('tactus_definition_reloads_total', { outcome });

  after(async () => {
    await worker?.stop();
    rmSync(folder, { recursive: true });
  });

  it('keeps every open window of an unchanged definition, takes up new ones and refuses wrong files', async () => {
    write(UNCHANGED);
    worker = await new WorkerProcess('windowing', {
      ...servers,
      TOPIC_PREFIX: prefix,
      WINDOWS_FILE: file,
      // Longer than both changes take: after it the clock would close everything.
      TACTUS_IDLE_TIMEOUT_MS: '5000',
    }).ready();
    const encode = await client.encoder('metrics');
    const base = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
    const points = Array.from({ length: 600 }, (_, i) =>
      pointOf({ metric: `m${i % 5}`, timestamp: base + i * 300, value: i, id: String(i) }),
    );
    const send = (from: number, to: number) =>
      client.produce(
        'metrics',
        points.slice(from, to).map((point) => ({ key: `t|${point.metric}`, value: encode(point) })),
      );
    const windows = await client.follow<WindowRecord>('windows');
    const late = await client.follow<LateReport>('late');
    await send(0, 300);
    await until('the first windows', () => windows.records.length > 0);
    write(`${UNCHANGED}  - name: 20s\n    size: 20s\n`);
    await until('the change', async () => (await reloads('changed')) === 1);
    write('  - nam: 20s\n');
    await until('the refusal', async () => (await reloads('refused')) === 1);
    await worker.ready();
    await send(300, 600);

    await until('windows of the new definition', () => windows.values.some(({ window }) => window === '20s'));
    const wanted = [...recompute(points, late.values)].filter(([key]) => key.includes('"1m"'));
    const found = () => windows.values.filter(({ window }) => window === '1m');
    await until('all windows of the unchanged definition', () => found().length >= wanted.length);
    const keys = found().map(({ tenantId, metric, tags, window, start }) =>
      windowKey(tenantId, metric, tags, window, start),
    );
    assert.deepEqual(keys.sort(), wanted.map(([key]) => key).sort());
    const counts = new Map(
      found().map((each) => [windowKey('t', each.metric, {}, '1m', each.start), each.count]),
    );
    for (const [key, { count }] of wanted) assert.equal(counts.get(key), count, key);
    // Open all the time: each series has a point every 1.5 s.
    const visits = () => windows.values.filter(({ window }) => window === 'visit');
    await until('the sessions', () => visits().length >= 5);
    assert.deepEqual(
      visits()
        .map(({ metric, start, count }) => [metric, start - base, count].join(' '))
        .sort(),
      [0, 1, 2, 3, 4].map((i) => `m${i} ${i * 300} 120`),
    );
    await Promise.all([windows.close(), late.close()]);
  });
});
