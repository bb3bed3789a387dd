import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { packageRoot } from '../../../shared/files/package-root.js';
import { processesWith, until } from './embedded/processes.js';

const PROGRAM = join(packageRoot(), 'dist', 'services', 'cli', 'tactus.js');

let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tactus-up-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await until('its servers have ended', () => processesWith(dataDir).length === 0);
  rmSync(dataDir, { recursive: true });
});

function tactus(
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess & { output: () => string } {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  return Object.assign(child, { output: () => output });
}

async function infra(): Promise<ReturnType<typeof tactus>> {
  const up = tactus(['up', '--infra-only', '--data', dataDir]);
  await until(
    'it runs',
    () => {
      if (up.exitCode !== null) throw new Error(up.output());
      return up.output().includes('running');
    },
    90_000,
  );
  return up;
}

test('up --infra-only prints the four addresses, and Ctrl-C ends all of it with exit code 0', async () => {
  const up = await infra();
  const lines = readFileSync(join(dataDir, 'env'), 'utf8').trimEnd().split('\n');
  const keys = lines.map((line) => line.split('=')[0]);
  assert.deepEqual(keys, [
    'KAFKA_BROKERS',
    'SCHEMA_REGISTRY_URL',
    'DATABASE_URL',
    'REDIS_URL',
    'TACTUS_KEYS_SECRET_FILE',
    'TACTUS_MEMBER_SECRET_FILE',
  ]);
  for (const line of lines) assert.ok(up.output().includes(line));
  const files = ['env', 'keys-secret', 'member-secret'].map((name) => join(dataDir, name));
  const modes = [dataDir, ...files].map((path) => (statSync(path).mode & 0o777).toString(8));
  assert.deepEqual(modes, ['700', '600', '600', '600']);
  up.kill('SIGINT');
  assert.deepEqual(await once(up, 'exit'), [0, null]);
  assert.deepEqual(processesWith(dataDir), []);
});

test('the servers end when up is killed, and the next up on that data starts', async () => {
  const up = await infra();
  assert.ok(processesWith(dataDir).length >= 4);
  up.kill('SIGKILL');
  await once(up, 'exit');
  const next = await infra();
  next.kill('SIGTERM');
  assert.deepEqual(await once(next, 'exit'), [0, null]);
});

test('a server that dies is named with the end of its log, the others are stopped, exit code 1', async () => {
  const up = await infra();
  const [broker] = processesWith(join(dataDir, 'kafka.properties'));
  assert.ok(broker !== undefined);
  process.kill(broker, 'SIGKILL');
  assert.deepEqual(await once(up, 'exit'), [1, null]);
  assert.match(
    up.output(),
    /tactus up: the embedded kafka ended with SIGKILL; the last lines of .*kafka\.log:\n/,
  );
  assert.deepEqual(processesWith(dataDir), []);
});

test('a signal while the servers start ends those that run, with exit code 0', async () => {
  const up = tactus(['up', '--infra-only', '--data', dataDir]);
  await until('the first server answers', () => up.output().includes('redis answers'), 90_000);
  up.kill('SIGTERM');
  assert.deepEqual(await once(up, 'exit'), [0, null]);
  assert.deepEqual(processesWith(dataDir), []);
});

test('without Java it says in one line what is missing and what to do', async () => {
  const up = tactus(['up', '--infra-only', '--data', dataDir], { PATH: dataDir });
  const [code] = await once(up, 'close');
  assert.equal(code, 1);
  const lines = up.output().trimEnd().split('\n');
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /java was not found: install Java 17 or newer/);
  assert.equal(existsSync(join(dataDir, 'lock')), false);
});

test('a bad configuration ends up with exit code 78 before anything is started', async () => {
  const up = tactus(['up', '--data', dataDir], { ...process.env, LOG_LEVEL: 'loud' });
  const [code] = await once(up, 'close');
  assert.equal(code, 78);
  assert.match(up.output(), /^tactus: LOG_LEVEL \(log\.level: .*value was "loud"\)\n$/);
});
