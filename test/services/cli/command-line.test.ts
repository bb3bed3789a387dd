import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../shared/files/package-root.js';

const LAUNCHER = join(packageRoot(), 'services', 'cli', 'bin', 'tactus.mjs');

function tactus(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(LAUNCHER, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

const COMMANDS = [
  ...['up', 'ingest', 'windowing', 'batch', 'anomaly', 'alerting', 'sink', 'collector', 'detect', 'config'],
  ...['topics apply', 'topics plan', 'schemas apply', 'schemas check', 'db migrate'],
];

for (const command of COMMANDS)
  test(`tactus ${command} --help says what it does and shows an example`, () => {
    const { code, out } = tactus([...command.split(' '), '--help']);
    assert.equal(code, 0);
    assert.ok(out.startsWith(`Usage: tactus ${command}`), out);
    assert.match(out, /\nExamples?[^\n]*:\n {2}\S/);
  });

test('a command that does not exist, or a port that cannot be, ends with exit code 1 and says why', () => {
  const unknown = tactus(['nothing']);
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /unknown command 'nothing'/);
  const port = tactus(['up', '--kafka-port', '70000']);
  assert.equal(port.code, 1);
  assert.match(port.err, /It must be an integer from 1 to 65535/);
});

test('config prints every key with secrets masked, and exits with 78 and one line when a value is bad', () => {
  const good = tactus(['config'], { DATABASE_URL: 'postgres://me:hunter2@db/tactus' });
  assert.equal(good.code, 0);
  assert.match(good.out, /database\.url = \*\*\*/);
  assert.ok(!good.out.includes('hunter2'));
  const bad = tactus(['config'], { KAFKA_BROKERS: 'nowhere' });
  assert.equal(bad.code, 78);
  assert.match(bad.err, /^tactus: KAFKA_BROKERS \(.*value was "nowhere"\)\n$/);
});

for (const worker of ['ingest', 'windowing'])
  test(`tactus ${worker} exits with 78 and one line when its configuration is bad`, () => {
    const { code, err } = tactus([worker], { KAFKA_BROKERS: 'nowhere' });
    assert.equal(code, 78);
    assert.match(err, /^tactus \w+: KAFKA_BROKERS \(.*value was "nowhere"\)\n$/);
  });
