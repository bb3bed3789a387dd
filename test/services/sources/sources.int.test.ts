import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { encodeProgress } from '../../../shared/wire/progress-record.js';
import { runTactus } from '../../support/command-line.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

/** Longer than the test takes: what stands still holds windows back for as long. */
const HOLD_MS = 600_000;

describe('tactus sources', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const client = new PlainClient(servers, ownPrefix('sources'));
  const env = { ...servers, TOPIC_PREFIX: client.prefix, TACTUS_WATERMARK_HOLD_MS: String(HOLD_MS) };
  const workers: WorkerProcess[] = [];
  const tactus = (...args: string[]) => runTactus(['sources', ...args], env);

  after(() => Promise.all(workers.map((worker) => worker.stop())));

  it('lists what watermarks wait for, and has them go on without one that is gone for good', async () => {
    for (const name of ['ingest', 'windowing']) workers.push(await new WorkerProcess(name, env).ready());
    const encode = await client.encoder('ingest.metrics');
    const send = async () => {
      const value = encode(pointOf({ timestamp: Date.now() }));
      await client.produce('ingest.metrics', [{ key: 'k', partition: 0, value }]);
    };
    const windows = await client.follow('windows');
    const closed = async () => {
      const before = windows.records.length;
      await until('another window', async () => {
        await send();
        return windows.records.length > before;
      });
    };
    await closed();

    // As of a worker that had one partition more, and is no more.
    const note = {
      ...{ stage: 'ingest', topic: 'ingest.metrics', partitions: 5 },
      times: [0, 1, 2, 3].map((partition) => ({ partition, time: null, atEnd: false })),
    };
    const value = encodeProgress({ note, output: 'metrics', upTo: [0, 0, 0, 0], committed: [] });
    await client.produce('state.progress', [{ key: 'ingest|gone|ingest.metrics', value }]);
    const windowing = workers[1] as WorkerProcess;
    const waitsForIt = async () =>
      (await windowing.metric('tactus_watermark_holder_seconds', { source_partition: '4' })) > 0;
    await until('windowing to wait for it', async () => {
      await send();
      return await waitsForIt();
    });

    const listed = JSON.parse((await tactus('ls', '--json')).stdout) as {
      stage: string;
      partition: number;
      state: string;
    }[];
    assert.deepEqual(
      listed.filter(({ stage }) => stage === 'ingest').map(({ partition, state }) => [partition, state]),
      [...[0, 1, 2, 3].map((partition) => [partition, 'alive']), [4, 'unknown']],
    );
    assert.match(
      (await tactus('ls')).stdout,
      /^stage +topic +partition +stream time +last said +state\ningest +/,
    );
    const alive = await tactus('forget', 'ingest', 'ingest.metrics', '0');
    assert.equal(alive.code, 1, alive.stderr);
    assert.match(alive.stderr, /at work/);
    const nobody = await tactus('forget', 'ingest', 'ingest.metrics', '5');
    assert.equal(nobody.code, 1, nobody.stderr);
    assert.match(nobody.stderr, /has ever named/);
    assert.equal((await tactus('forget', 'ingest', 'ingest.metrics', 'x')).code, 2);

    const done = await tactus('forget', 'ingest', 'ingest.metrics', '4');
    assert.deepEqual(
      [done.code, done.stdout],
      [0, 'ingest.metrics[4] of ingest is forgotten\n'],
      done.stderr,
    );
    await closed();
    await until('windowing to wait for nobody', async () => !(await waitsForIt()));
    const passed = { topic: 'metrics', reason: 'forgotten' };
    assert.ok((await windowing.metric('tactus_watermark_sources_passed_over_total', passed)) > 0);
    assert.match((await tactus('ls')).stdout, /ingest\.metrics +4 +.* forgotten\n/);
    await windows.close();
  });
});
