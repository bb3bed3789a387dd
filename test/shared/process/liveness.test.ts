import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../../shared/files/package-root.js';
import { Health } from '../../../shared/process/health.js';
import { until } from '../../support/until.js';

const SECOND = 1_000;

describe('a worker is not alive', () => {
  const watched = () => {
    const health = new Health(undefined, 10 * SECOND);
    const work = { pending: true, done: 0 };
    const unwatch = health.watch('metrics[0]', { pending: () => work.pending, done: () => work.done });
    const look = (seconds: number) => {
      for (let i = 0; i < seconds; i += 1) health.look(SECOND);
    };
    return { health, work, unwatch, look };
  };

  it('when nothing is done of what there is to do, and is again when it goes on', () => {
    const { health, work, look } = watched();
    look(9);
    assert.equal(health.alive, true);
    look(1);
    assert.deepEqual([health.alive, health.ready], [false, false]);
    assert.deepEqual(health.reasons, ['metrics[0]: no progress for 10 s, though there is work']);
    work.done += 1;
    look(1);
    assert.deepEqual([health.alive, health.ready], [true, true]);
  });

  it('but is while it waits for a server, and for as long after that', () => {
    const { health, look } = watched();
    look(9);
    health.block('Kafka', 'waiting for Kafka');
    look(1_000);
    assert.equal(health.alive, true);
    health.clear('Kafka');
    look(9);
    assert.equal(health.alive, true);
    look(1);
    assert.equal(health.alive, false);
  });

  it('but is when there is nothing to do, or the work has ended', () => {
    const { health, work, unwatch, look } = watched();
    work.pending = false;
    look(1_000);
    assert.equal(health.alive, true);
    work.pending = true;
    unwatch();
    look(1_000);
    assert.equal(health.alive, true);
  });

  it('but is after the whole process has stood still', () => {
    const { health } = watched();
    health.look(3_600 * SECOND);
    assert.equal(health.alive, true);
  });
});

describe('the process of a worker', () => {
  const started = async (how: string) => {
    const program = join(packageRoot(), 'dist', 'test', 'support', 'stuck-worker.js');
    const child = spawn(process.execPath, [program, how], {
      env: { PATH: process.env.PATH, METRICS_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [output, errors] = ['', ''];
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const port = await until('the port', () => /"port":(\d+)/.exec(output)?.[1] ?? null);
    return { url: `http://127.0.0.1:${port}`, child, errors: () => errors };
  };
  const status = async (url: string, path: string) => {
    const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
    return answer?.status ?? null;
  };
  const ended = async (child: ChildProcess) => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };

  it('that hangs fails its probe of liveness, and counts that', async () => {
    const { url, child } = await started('hangs');
    try {
      assert.equal(await until('the start', async () => (await status(url, '/startedz')) === 200), true);
      await until('the probe to fail', async () => (await status(url, '/healthz')) === 503);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      assert.match(metrics, /^tactus_errors_total\{stage="processing",code="stuck",worker="stuck"\} 1$/m);
    } finally {
      await ended(child);
    }
  });

  it('that leaves the event loop no turn does not answer it', async () => {
    const { url, child } = await started('spins');
    try {
      await until('the probe to fail', async () => (await status(url, '/healthz')) === null);
    } finally {
      await ended(child);
    }
  });

  it('whose event loop has no turn is ended from within, and says why', async () => {
    const { child, errors } = await started('is watched');
    const gone = once(child, 'exit');
    assert.deepEqual(await gone, [null, 'SIGKILL']);
    assert.match(errors(), /^tactus stuck: its event loop has had no turn for 2 s: the process ends$/m);
  });
});
