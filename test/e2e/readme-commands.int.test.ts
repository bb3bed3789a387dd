import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../shared/files/package-root.js';
import { ownPrefix } from '../support/own-prefix.js';
import { Readme } from '../support/readme.js';
import { sharedServers } from '../support/servers.js';
import { until } from '../support/until.js';
import { WorkerProcess } from '../support/worker-process.js';

const root = packageRoot();
/** The servers of the test stand in for `.tactus/env`, and the build for what npx finds. */
const STUBS = `.() { :; }
npx() { shift; ${JSON.stringify(process.execPath)} ${JSON.stringify(join(root, 'dist/services/cli/tactus.js'))} "$@"; }
`;

/** Lines of the README that are run elsewhere. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^(npx tactus up|npm start|export WINDOWS_FILE=|TACTUS_ANOMALY_FILE=\S+ npm start)/, 'services/up'],
  [/^npm (test|run (test:|lint|generate|format|bench))/, 'by CI and developers'],
  [/^METRICS_PORT=9101 npx tactus windowing/, 'in here, on a free port'],
  [/^set -a; \. \.tactus\/env; set \+a/, 'by the stub of the shell'],
  [/^npm run -s (send acme checkout|follow anomalies alerts)/, 'repository/readme-examples'],
];

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

describe('the commands of the README, with servers', { timeout: 240_000 }, () => {
  const env = { ...sharedServers(), TOPIC_PREFIX: ownPrefix('readme') };
  const folder = mkdtempSync(join(tmpdir(), 'tactus-readme-'));
  for (const name of ['services', 'node_modules', 'package.json'])
    symlinkSync(join(root, name), join(folder, name));
  const left = new Set(new Readme().commands());
  const children = new Set<ChildProcess>();
  const workers: WorkerProcess[] = [];

  /** The one line that matches, which counts as run. */
  function line(pattern: RegExp): string {
    const [found, ...others] = [...left].filter((one) => pattern.test(one));
    assert.ok(found !== undefined && others.length === 0, `${pattern} is ${others.length + 1} lines`);
    left.delete(found);
    return found;
  }

  /** Runs a line until it ends, or until its output is enough. */
  async function run(text: string, enough: (output: string) => boolean = () => false): Promise<Ended> {
    const child = spawn('bash', ['--norc', '--noprofile', '-c', `${STUBS}${text}`], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    children.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        output += part;
        if (enough(output)) end(child);
      });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    children.delete(child);
    return { code, output };
  }

  function end(child: ChildProcess): void {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid as number), 'SIGTERM');
  }

  before(async () => {
    const { code, output } = await run(line(/topics apply && /));
    assert.equal(code, 0, output);
    workers.push(new WorkerProcess('ingest', env), new WorkerProcess('windowing', env));
    workers.push(new WorkerProcess('sink', env, ['--only', 'timescale']));
    await Promise.all(workers.map((worker) => worker.ready()));
  });
  after(async () => {
    for (const child of children) end(child);
    await Promise.all(workers.map((worker) => worker.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  it('send points, and follow them and their windows', async () => {
    const sent = await run(line(/^npm run -s send acme orders/));
    assert.equal(sent.code, 0, sent.output);
    assert.match(sent.output, /^1 of 3: orders = 1\n2 of 3: orders = 2\n3 of 3: orders = NaN\n$/);

    const whole = (output: string) => output.includes('"value":2,') && output.includes('"window":"10s"');
    // Without a terminal grep writes when its buffer is full, so it is told to write every line.
    const followed = await run(
      line(/^npm run -s follow metrics windows/).replace('grep', 'grep --line-buffered'),
      whole,
    );
    assert.ok(whole(followed.output), followed.output);
    assert.match(
      followed.output,
      /\.metrics \{"tenantId":"acme","metric":"orders","tags":\{"host":"web-1"\},/,
    );
    const closed = await run(line(/^\(set -a; .* follow windows\)$/), (output) => output.includes('"sum":'));
    assert.match(closed.output, /"metric":"orders"/);
  });

  it('say what to do when the schemas are not registered', async () => {
    const { code, output } = await run(`TOPIC_PREFIX=${ownPrefix('nowhere')} npm run -s send acme orders 1`);
    assert.equal(code, 1);
    assert.match(output, /run `npx tactus schemas apply`/);
  });

  it('list what was refused, with the reason', async () => {
    const text = line(/^npx tactus dlq ls/);
    const { output } = await until('the dead letter', async () => {
      const listed = await run(text);
      return listed.output.includes('TACTUS_VALUE_NOT_FINITE') ? listed : null;
    });
    assert.match(output, /orders|acme/);
    assert.match(output, /\n1 dead letter\n/);
  });

  it('check files, test and backtest rules, and score a file', async () => {
    writeFileSync(join(folder, 'cpu.csv'), 'timestamp,value\n2024-05-01 00:00:00,41.2\n');
    for (const pattern of [
      /tactus check /,
      /rules test/,
      /rules backtest/,
      /tactus detect/,
      /check --offline/,
    ]) {
      const { code, output } = await run(line(pattern));
      assert.equal(code, 0, output);
    }
  });

  it('show the configuration, alerts and windows, and silence alerts', async () => {
    for (const pattern of [/tactus config/, /alerts ls/, /alerts silence/]) {
      const { code, output } = await run(line(pattern));
      assert.equal(code, 0, output);
    }
    const acknowledged = await run(line(/alerts ack/));
    assert.equal(acknowledged.code, 1);
    assert.match(acknowledged.output, /no alert "181a82383acceaa8"/);
  });

  it('compare windows with the stored points', async () => {
    const { code, output } = await run(line(/tactus reconcile/));
    // Tests share a database, so points of others may lack their windows.
    assert.ok(code === 0 || code === 1, output);
    assert.match(output, /\ncompleteness \S+, accuracy \S+: /);
  });

  it('are all run, here or elsewhere', () => {
    const uncovered = [...left].filter((one) => !ELSEWHERE.some(([pattern]) => pattern.test(one)));
    assert.deepEqual(uncovered, []);
  });
});
