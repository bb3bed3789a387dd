import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WORKERS } from '../../../services/cli/program/workers.js';
import type { WorkerFigures } from '../../../services/monitor/figures.js';
import { packageRoot } from '../../../shared/files/package-root.js';
import { processesWith, until } from './embedded/processes.js';

const PROGRAM = join(packageRoot(), 'dist', 'services', 'cli', 'tactus.js');
const START_MS = 120_000;

test('up runs every worker, starts one again that was killed or hangs, and ends all in order on SIGTERM', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tactus-up-'));
  const up = spawn(process.execPath, [PROGRAM, 'up', '--data', dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => {
    up.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });
  let output = '';
  for (const stream of [up.stdout, up.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const said = (what: RegExp, from = 0) => {
    assert.equal(up.exitCode, null, output);
    const match = what.exec(output.slice(from));
    return match === null ? undefined : from + match.index + match[0].length;
  };

  const { url, api, key } = await until(
    'gateway and API in the file of addresses',
    () => addressesOf(dataDir),
    START_MS,
  );
  const point = JSON.stringify({ metric: 'up', value: 1 });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v1/metrics`, { method: 'POST', headers, body: point });
  assert.deepEqual(
    await answer.json(),
    { accepted: 1, duplicates: 0, rejected: [] },
    'it takes points by then',
  );
  const listed = await fetch(`${api}/api/v1/metrics`, { headers });
  assert.equal(listed.status, 200, await listed.text());
  const setup = await fetch(`${api}/api/v1/setup`, { headers });
  assert.deepEqual(await setup.json(), { gatewayUrl: url }, 'who begins is shown where points are sent to');
  assert.ok(said(new RegExp(`^dashboard at ${api}; ask there with the same key: ${api}/docs$`, 'm')));

  await until('the way to log in', () =>
    said(/^`npx tactus users link --admin` prints a link to log in by$/m),
  );
  assert.doesNotMatch(output, /#login=/, 'this is no terminal');

  const flowing = /points\/s [1-9].*windows\/s (?!0\.0).*rows\/s (?!0\.0).*all ready\n/;
  await until('figures of this machine pass all stages', () => said(flowing), START_MS);

  const { workers, advice } = watched(dataDir);
  assert.deepEqual(
    workers.map(({ worker }) => worker),
    WORKERS.map(({ name }) => name),
  );
  for (const { worker, cpu, memoryBytes, memoryLimitBytes, loopDelayP99Ms, usdPerHour } of workers)
    for (const figure of [cpu, memoryBytes, memoryLimitBytes, loopDelayP99Ms, usdPerHour])
      assert.ok((figure ?? 0) > 0, `${worker}: ${JSON.stringify(workers)}`);
  assert.ok(advice.length > 0);
  const ports = [...output.matchAll(/http:\/\/127\.0\.0\.1:(\d+)\/metrics/g)].map(([, found]) =>
    Number(found),
  );
  for (const one of ports) {
    const checked = spawnSync('promtool', ['check', 'metrics'], {
      input: await metrics(one),
      encoding: 'utf8',
    });
    assert.equal(`${checked.stdout}${checked.stderr}`, '');
  }

  const port = Number(/ {2}windowing +http:\/\/127\.0\.0\.1:(\d+)\/metrics/.exec(output)?.[1]);
  const { length } = (await metrics(port)).match(/^tactus_watermark_delay_seconds\{/gm) ?? [];
  assert.equal(length, 4, 'partitions that suit one machine');
  const before = await startedAt(port);
  const pid = workerPid(dataDir, 'windowing');
  const seen = output.length;
  process.kill(pid, 'SIGKILL');
  const told = await until('its end to be reported', () =>
    said(/windowing ended with SIGKILL: starting it again in/, seen),
  );
  await until('windows are emitted again', () => said(flowing, told), START_MS);
  assert.ok((await startedAt(port)) > before);

  const resumed = output.length;
  process.kill(workerPid(dataDir, 'anomaly'), 'SIGSTOP');
  const hung = await until(
    'a worker that hangs to be replaced',
    () => said(/anomaly did not answer for \d+ s and was killed: starting it again in/, resumed),
    START_MS,
  );
  await until('all to be ready again', () => said(flowing, hung), START_MS);

  const pids = WORKERS.map(({ name }) => workerPid(dataDir, name));
  for (const one of pids) process.kill(one, 0);
  const began = performance.now();
  up.kill('SIGTERM');
  assert.deepEqual(await once(up, 'exit'), [0, null]);
  t.diagnostic(`stopped after ${Math.round(performance.now() - began)} ms`);
  assert.deepEqual(processesWith(dataDir), []);
  for (const one of pids) assert.throws(() => process.kill(one, 0), { code: 'ESRCH' });
});

/** What the monitor says after a few seconds with all workers. */
function watched(dataDir: string): { workers: WorkerFigures[]; advice: string[] } {
  const targets = join(dataDir, 'workers.json');
  const args = ['performance-monitor', '--duration', '4', '--every', '1', '--targets', targets, '--json'];
  const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /^\d+ of 4 s: 9 of 9 workers answer; busiest \w+, \d\.\d\d CPUs$/m);
  return JSON.parse(stdout) as { workers: WorkerFigures[]; advice: string[] };
}

/** What a script reads that waits for gateway and API; undefined while the file does not name both. */
function addressesOf(dataDir: string): { url: string; api: string; key: string } | undefined {
  let text = '';
  try {
    text = readFileSync(join(dataDir, 'env'), 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  }
  const [url, api, key] = ['TACTUS_GATEWAY_URL', 'TACTUS_API_URL', 'TACTUS_API_KEY'].map(
    (name) => new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1],
  );
  return url && api && key ? { url, api, key } : undefined;
}

/** Every log line carries `instance`, the host's name and the process' id. */
function workerPid(dataDir: string, name: string): number {
  const lines = readFileSync(join(dataDir, 'logs', `${name}.log`), 'utf8')
    .trimEnd()
    .split('\n');
  const { instance } = JSON.parse(lines.at(-1) ?? '') as { instance: string };
  return Number(instance.split('-').at(-1));
}

async function metrics(port: number): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

async function startedAt(port: number): Promise<number> {
  return Number(/^process_start_time_seconds\S* (\S+)$/m.exec(await metrics(port))?.[1]);
}
