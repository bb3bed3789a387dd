import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

/** How often a second instance comes and goes. */
const VISITS = 3;
const SESSION_MS = 6_000;

describe('a rebalance under load', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const client = new PlainClient(servers, ownPrefix('rebalance'));
  const env = {
    ...servers,
    TOPIC_PREFIX: client.prefix,
    TACTUS_SESSION_TIMEOUT_MS: String(SESSION_MS),
    TACTUS_DRAIN_TIMEOUT_MS: '5000',
  };
  const workers: WorkerProcess[] = [];
  const start = () => {
    const worker = new WorkerProcess('ingest', env);
    workers.push(worker);
    return worker.ready();
  };
  /** The partitions whose state a worker has restored, in order. */
  const restored = ({ output }: WorkerProcess) =>
    [...output.matchAll(/"state restored: ([^"]+)"/g)].map(([, partition]) => partition as string);
  const assignments = ({ output }: WorkerProcess) =>
    [...output.matchAll(/"partitions":(\d+),[^\n]*"partitions assigned"/g)].map(([, count]) => Number(count));

  /** Points without an end; `stop` gives how many were sent, once they have all come through. */
  const load = async () => {
    const encode = await client.encoder('ingest.metrics');
    const follower = await client.follow<PlainPoint>('metrics');
    let sent = 0;
    let going = true;
    const done = (async () => {
      while (going) {
        const messages = Array.from({ length: 100 }, () => {
          const number = sent++;
          const own = { metric: `m${number % 50}`, timestamp: Date.now(), id: `${client.prefix}${number}` };
          return { key: `t|${own.metric}`, value: encode(pointOf(own)) };
        });
        await client.produce('ingest.metrics', messages);
      }
    })();
    const came = () => new Set(follower.values.map(({ id }) => id)).size;
    return {
      /** Points go on coming through. */
      goesOn: async () => {
        const before = follower.values.length;
        await follower.wait(before + 200);
      },
      stop: async () => {
        going = false;
        await done;
        await until('all points', () => came() === sent);
        const count = follower.values.length;
        await follower.close();
        return { sent, count };
      },
    };
  };

  after(() => {
    for (const worker of workers) worker.kill('SIGKILL');
  });

  it('restores only partitions that move, and repeats nothing', async () => {
    const first = await start();
    const points = await load();
    await points.goesOn();
    const all = restored(first).sort();
    for (let visit = 0; visit < VISITS; visit++) {
      const before = restored(first).length;
      const second = await start();
      await points.goesOn();
      const moved = restored(second).sort();
      assert.ok(moved.length > 0 && moved.length < all.length, moved.join());
      assert.deepEqual(restored(first).slice(before), [], 'what it keeps goes on');
      assert.equal(await second.stop(), 0);
      await until('the first to have all again', () => assignments(first).at(-1) === all.length);
      await until('what has moved to be restored', () => restored(first).length === before + moved.length);
      assert.deepEqual(restored(first).slice(before).sort(), moved);
      await points.goesOn();
    }
    const { sent, count } = await points.stop();
    assert.equal(count, sent, 'a point came twice');
    assert.equal(await first.stop(), 0);
  });

  it('restores all partitions of a worker that the group has been without, and repeats nothing', async () => {
    const frozen = await start();
    const points = await load();
    await points.goesOn();
    const all = restored(frozen).sort();
    frozen.kill('SIGSTOP');
    const other = await start();
    await until('the other to have all', () => assignments(other).at(-1) === all.length);
    await points.goesOn();
    frozen.kill('SIGCONT');
    await until('both to have some', () => {
      const counts = [frozen, other].map((each) => assignments(each).at(-1) ?? 0);
      return counts.every((count) => count > 0 && count < all.length);
    });
    assert.equal(await other.stop(), 0);
    await until('all to be restored', () => restored(frozen).length >= 2 * all.length);
    assert.deepEqual([...new Set(restored(frozen).slice(all.length))].sort(), all);
    const { sent, count } = await points.stop();
    assert.equal(count, sent, 'a point came twice');
    assert.equal(await frozen.stop(), 0);
  });
});
