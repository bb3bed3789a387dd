import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../../../shared/files/package-root.js';
import { runTactus } from '../../../support/command-line.js';
import { KEYS_SECRET } from '../../../support/gateway-keys.js';

/** Port 9 is that of "discard", on which nothing listens. */
const NOWHERE = {
  KAFKA_BROKERS: '127.0.0.1:9',
  SCHEMA_REGISTRY_URL: 'http://me:hunter2@127.0.0.1:7',
  DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:9/tactus',
};

// Side by side: they mostly wait.
describe('a server that does not answer', { timeout: 120_000, concurrency: 4 }, () => {
  let silent: Server;
  let port: number;
  before(async () => {
    silent = createServer(() => {});
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    port = (silent.address() as AddressInfo).port;
  });
  after(() => silent.close());

  const commands: [args: string, label: string, address: string, variable: string][] = [
    ['topics plan', 'Kafka', '127.0.0.1:9', 'KAFKA_BROKERS'],
    ['schemas check', 'the schema registry', 'http://127.0.0.1:7', 'SCHEMA_REGISTRY_URL'],
    ['db migrate', 'the database', '127.0.0.1:9', 'DATABASE_URL'],
    ['alerts ls', 'Kafka', '127.0.0.1:9', 'KAFKA_BROKERS'],
    ['rules backtest x.yaml --from 1h --to 1m', 'the database', '127.0.0.1:9', 'DATABASE_URL'],
  ];
  for (const [args, label, address, variable] of commands)
    it(`ends \`tactus ${args}\` with 69 after --timeout, naming it, its variable and what to do`, async () => {
      const { code, stdout, stderr } = await runTactus([...args.split(' '), '--timeout', '500ms'], NOWHERE);
      assert.equal(code, 69, stderr);
      assert.equal(stdout, '');
      const lines = stderr.trimEnd().split('\n');
      assert.equal(lines.length, 1, stderr);
      const [line = ''] = lines;
      assert.ok(line.includes(`no answer from `) && line.includes(' within 500ms: '), line);
      assert.ok(line.includes(`${label} at ${address}`), line);
      assert.ok(line.includes(variable) && line.includes('tactus up --infra-only'), line);
      assert.ok(!line.includes('hunter2'), line);
    });

  it('does not keep the gateway from ending with 78 where it has no secret', async () => {
    const ports = { HTTP_PORT: '0', METRICS_PORT: '0' };
    const { code, stderr } = await runTactus(['gateway'], {
      ...NOWHERE,
      ...ports,
      TACTUS_KEYS_SECRET: 'short',
    });
    assert.equal(code, 78, stderr);
    assert.match(stderr, /^tactus gateway: TACTUS_KEYS_SECRET .*must be .*\n$/);
    assert.ok(!stderr.includes('short"'), stderr);
  });

  it('does not keep the API from ending with 78 where a file that it follows is wrong', async () => {
    for (const variable of ['RULES_FILE', 'TENANTS_FILE']) {
      const { code, stderr } = await runTactus(['api'], {
        ...{ ...NOWHERE, ...KEYS_SECRET, HTTP_PORT: '0', METRICS_PORT: '0' },
        [variable]: '/nowhere/file.yaml',
      });
      assert.equal(code, 78, stderr);
      assert.match(
        stderr,
        new RegExp(`^tactus api: ${variable}( \\([A-Za-z.]+\\))?: must be a readable file`),
      );
    }
  });

  for (const [args, variable, value] of [
    ['topics plan', 'KAFKA_BROKERS', (at: number) => `127.0.0.1:${at}`],
    ['schemas check', 'SCHEMA_REGISTRY_URL', (at: number) => `http://127.0.0.1:${at}`],
    ['db migrate', 'DATABASE_URL', (at: number) => `postgres://127.0.0.1:${at}/x`],
  ] as const)
    it(`that takes the connection and says nothing ends \`tactus ${args}\` too, after a line on the wait`, async () => {
      const env = { ...NOWHERE, [variable]: value(port) };
      const { code, stderr } = await runTactus([...args.split(' '), '--timeout', '2s'], env);
      assert.equal(code, 69, stderr);
      const [waiting = '', end = '', ...more] = stderr.trimEnd().split('\n');
      assert.match(waiting, new RegExp(`^tactus ${args}: waiting for .*${port}.*up to 2s`));
      assert.match(end, /no answer from .* within 2s/);
      assert.deepEqual(more, []);
    });

  it('is waited for until Ctrl-C, which ends the command without another word', async () => {
    const program = join(packageRoot(), 'dist', 'services', 'cli', 'tactus.js');
    const child = spawn(process.execPath, [program, 'db', 'migrate', '--timeout', '1h'], {
      env: { ...process.env, ...NOWHERE },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said] = (await once(child.stderr, 'data')) as [Buffer];
    assert.match(said.toString(), /waiting for the database/);
    child.stderr.on('data', (more: Buffer) => assert.fail(more.toString()));
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'exit'), [130, null]);
  });

  it('is not asked for by a command that needs none', async () => {
    const { code, stdout } = await runTactus(['schemas', 'check', '--offline', '--json'], NOWHERE);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { problems: [] });
  });
});
