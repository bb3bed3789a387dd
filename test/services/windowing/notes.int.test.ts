import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { encodeTimeNote, TIME_HEADER } from '../../../shared/wire/time-note.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

interface WindowRecord {
  readonly window: string;
  readonly start: number;
  readonly count: number;
}

interface LateRecord {
  readonly point: { readonly timestamp: number };
  readonly cause: string;
}

const GRACE = 5_000;

describe('windowing of points that come with time notes', { timeout: 180_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('notes');
  const client = new PlainClient(servers, prefix);
  let worker: WorkerProcess;
  const start = async () => {
    const env = { ...servers, TOPIC_PREFIX: prefix, TACTUS_IDLE_TIMEOUT_MS: '1000' };
    worker = await new WorkerProcess('windowing', env).ready();
  };
  after(async () => {
    await worker?.stop();
  });

  it('waits for the partition that is behind, says so, and goes on from there after kill -9', async () => {
    await start();
    const encode = await client.encoder('metrics');
    const windows = await client.follow<WindowRecord>('windows');
    const late = await client.follow<LateRecord>('late');
    const base = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
    let sent = 0;
    /** Points written together, as of the input partitions' stream times. */
    const send = async (at: readonly number[], known: Readonly<Record<number, number>>) => {
      const times = Object.entries(known).map(([partition, time]) => ({
        ...{ partition: Number(partition), time: base + time, atEnd: false },
      }));
      const note = encodeTimeNote({ stage: 'ingest', topic: 'ingest.metrics', partitions: 2, times });
      await client.produce(
        'metrics',
        at.map((each, i) => ({
          ...{ key: 't|m', partition: 0, headers: i === at.length - 1 ? { [TIME_HEADER]: note } : {} },
          value: encode(pointOf({ metric: 'm', timestamp: base + each, id: String(sent++) })),
        })),
      );
    };
    const tens = () =>
      windows.values
        .filter(({ window }) => window === '10s')
        .map(({ start: from, count }) => [from - base, count]);

    await send([0, 1_000, 60_000], { 0: 60_000 });
    await send([2_000, 3_000], { 1: 3_000 });
    const notes = async () =>
      ((await (await fetch(`${await worker.address()}/readyz`)).json()) as { notes?: string[] }).notes ?? [];
    await until('the note on /readyz', async () =>
      (await notes()).some((text) => text.includes('metrics[0]: waits for ingest.metrics[1] of ingest')),
    );
    const holder = { partition: '0', source_topic: 'ingest.metrics', source_partition: '1' };
    assert.equal((await worker.series('tactus_watermark_holder_seconds', holder)).length, 1);
    assert.deepEqual(tens(), []);

    process.kill(worker.pid, 'SIGKILL');
    await worker.exited;
    await start();
    // Behind everything that partition 0 has sent, and in time.
    await send([4_000, 9_999], { 1: 10_000 + GRACE });
    await until('the first window', () => tens().length > 0);
    assert.deepEqual(tens(), [[0, 6]]);
    await send([5_000], { 1: 61_000, 0: 61_000 });
    await until('the late point', () => late.records.length > 0);
    assert.deepEqual(
      late.values.map(({ point, cause }) => [point.timestamp - base, cause]),
      [[5_000, 'arrival']],
    );
    assert.equal(tens().filter(([from]) => from === 0).length, 1);
  });
});
