import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { flameGraph, framesOf } from '../../../services/profile/flame-graph.js';
import { packageRoot } from '../../../shared/files/package-root.js';
import { until } from '../../support/until.js';

const TOKEN = 'x'.repeat(32);
const DIST = join(packageRoot(), 'dist');

describe('a flame graph', () => {
  it('is as wide as what was used, and shows names as they are, not as markup', () => {
    const svg = flameGraph({
      name: '(root)',
      self: 0,
      children: [
        { name: 'a<b>&"', self: 3, children: [] },
        { name: 'c', self: 1, children: [] },
      ],
    });
    assert.match(svg, /<title>a&lt;b&gt;&amp;&quot;: 75.0 %<\/title><rect x="0.0" y="17" width="900.0"/);
    assert.match(svg, /<title>c: 25.0 %<\/title><rect x="900.0" y="17" width="300.0"/);
  });
});

describe('the status server of a worker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'profile-'));
  let worker: ChildProcess;
  let output = '';
  let host = '';
  before(async () => {
    worker = spawn(process.execPath, [join(DIST, 'test', 'support', 'stuck-worker.js'), 'waits'], {
      env: { PATH: process.env.PATH, METRICS_PORT: '0', TACTUS_DEBUG_TOKEN: TOKEN },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    worker.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    host = `127.0.0.1:${await until('the port', () => /"port":(\d+)/.exec(output)?.[1] ?? null)}`;
  });
  after(async () => {
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true });
  });
  const ask = (path: string, { method = 'GET', token = TOKEN } = {}) =>
    fetch(`http://${host}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const profile = async (...args: string[]) => {
    const child = spawn(
      process.execPath,
      [join(DIST, 'services', 'cli', 'tactus.js'), 'profile', host, ...args],
      {
        env: { PATH: process.env.PATH, TACTUS_DEBUG_TOKEN: TOKEN },
        stdio: 'ignore',
      },
    );
    return (await once(child, 'exit'))[0] as number;
  };

  it('gives a CPU profile that becomes a flame graph, and one at a time', async () => {
    const [svg, raw] = [join(folder, 'cpu.svg'), join(folder, 'cpu.cpuprofile')];
    const first = ask('/debug/profile?seconds=3');
    await until('the profile to begin', () => output.includes('taking a profile'));
    assert.equal((await ask('/debug/profile?seconds=1')).status, 409);
    assert.ok(Array.isArray(((await (await first).json()) as { samples?: unknown }).samples));
    assert.equal(await profile('--seconds', '1', '--out', svg), 0);
    assert.match(readFileSync(svg, 'utf8'), /^<svg .*<title>\(root\): 100\.0 %/s);
    assert.equal(await profile('--seconds', '1', '--out', raw), 0);
    assert.equal(framesOf(readFileSync(raw, 'utf8')).name, '(root)');
  });

  it('gives a heap profile', async () => {
    const file = join(folder, 'heap.heapprofile');
    assert.equal(await profile('--seconds', '1', '--type', 'heap', '--out', file), 0);
    assert.equal(framesOf(readFileSync(file, 'utf8')).name, '(root)');
  });

  it('refuses who has no token, and what is out of bounds', async () => {
    assert.equal((await ask('/debug/profile', { token: 'y'.repeat(32) })).status, 401);
    assert.equal((await fetch(`http://${host}/loglevel?level=debug`, { method: 'PUT' })).status, 401);
    for (const query of ['seconds=0', 'seconds=121', 'seconds=x', 'type=disk'])
      assert.equal((await ask(`/debug/profile?${query}`)).status, 400, query);
  });

  it('changes the level of the log, as a signal does', async () => {
    assert.equal((await ask('/loglevel?level=loud', { method: 'PUT' })).status, 400);
    assert.equal((await ask('/loglevel?level=warn', { method: 'PUT' })).status, 200);
    assert.equal((await (await ask('/loglevel')).text()).trim(), 'warn');
    worker.kill('SIGUSR2');
    await until('the signal', () => output.includes('"before":"warn","level":"info","by":"SIGUSR2"'));
    worker.kill('SIGUSR2');
    await until('the next', () => output.includes('"before":"info","level":"debug","by":"SIGUSR2"'));
  });
});
