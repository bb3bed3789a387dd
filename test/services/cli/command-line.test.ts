import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandEntries } from '../../../services/cli/generate/commands-page.js';
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

const entries = commandEntries();

test('there are commands at all', () => {
  assert.ok(entries.length > 20);
});

for (const { name, help } of entries)
  test(`tactus ${name} --help says what it does, shows an example and lists the exit codes`, () => {
    assert.ok(help.startsWith(`Usage: tactus ${name}`), help);
    assert.match(help, /\nExamples?[^\n]*:\n {2}\S/);
    assert.match(help, /\nExit codes: 0/);
  });

test('--help is what was asked for, on stdout; without a command it is the answer to wrong usage, on stderr', () => {
  const asked = tactus(['topics', 'plan', '--help']);
  assert.deepEqual([asked.code, asked.err], [0, '']);
  assert.match(asked.out, /^Usage: tactus topics plan/);
  const none = tactus([]);
  assert.deepEqual([none.code, none.out], [2, '']);
  assert.match(none.err, /^Usage: tactus /);
});

test('--version names the version of the package and of Node', () => {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  const { code, out } = tactus(['--version']);
  assert.equal(code, 0);
  assert.match(out, new RegExp(`^tactus ${version.replaceAll('.', '\\.')} \\(Node \\d+\\.\\d+\\.\\d+\\)\n$`));
});

test('commands that list or report have --json, those that need a server have --timeout', () => {
  const having = (option: string) =>
    entries.filter(({ help }) => help.includes(`  ${option} `)).map(({ name }) => name);
  for (const name of ['alerts ls', 'rules check', 'dlq ls', 'topics plan', 'schemas check', 'reconcile'])
    assert.ok(having('--json').includes(name), name);
  const withServers = entries.filter(({ help }) => help.includes('69 a server')).map(({ name }) => name);
  assert.deepEqual(having('--timeout <duration>'), withServers);
  assert.ok(withServers.length > 10);
});

test('a command that does not exist, or a port that cannot be, ends with exit code 2 and says why', () => {
  const unknown = tactus(['nothing']);
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /unknown command 'nothing'/);
  const port = tactus(['up', '--kafka-port', '70000']);
  assert.equal(port.code, 2);
  assert.match(port.err, /It must be an integer from 1 to 65535/);
});

test('a silence of about all alerts needs --all, and says so before it asks for a server', () => {
  for (const matchers of [[], ['metric=~".*"'], ['team!="web"', 'host=~".+"']]) {
    const { code, err } = tactus(['alerts', 'silence', ...matchers, '--for', '1h']);
    assert.equal(code, 2);
    assert.match(err, /^error: no matcher selects certain alerts: .* or --all if that is meant\n/);
  }
  const wrong = tactus(['alerts', 'silence', 'host=~"(?=a)"', '--for', '1h']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /It must be a matcher such as .*RE2's syntax/);
  const forEver = tactus(['alerts', 'silence', 'alertname="Hot"', '--for', '100000000d']);
  assert.deepEqual([forEver.code, /It must be at most 3650d/.test(forEver.err)], [2, true]);
  const unreachable = { KAFKA_BROKERS: '127.0.0.1:1' };
  for (const args of [['--all'], ['metric=~".*"', '--all'], ['alertname="Hot"']]) {
    const { code } = tactus(['alerts', 'silence', ...args, '--for', '1h', '--timeout', '100ms'], unreachable);
    assert.equal(code, 69, args.join(' '));
  }
});

test('config prints every key with secrets masked, and exits with 78 and one line when a value is bad', () => {
  const good = tactus(['config'], { DATABASE_URL: 'postgres://me:hunter2@db/tactus' });
  assert.equal(good.code, 0);
  assert.match(good.out, /# url: "postgres:\/\/\*\*\*@db\/tactus"/);
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
