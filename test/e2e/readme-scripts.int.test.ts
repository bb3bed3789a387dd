import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { packageRoot } from '../../shared/files/package-root.js';
import { Readme } from '../repository/readme-tables.js';
import { ownPrefix } from '../support/own-prefix.js';
import { sharedServers } from '../support/servers.js';

const root = packageRoot();
const readme = new Readme();

describe('the scripts of the README', () => {
  // Inside the repository, where they find its packages, as a reader's copies do.
  const parent = join(root, '.tactus');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'readme-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ...process.env, ...sharedServers(), TOPIC_PREFIX: ownPrefix('readme') };
  for (const code of readme.code('js')) {
    const [, name] = /^\/\/ (\w+\.mjs): /.exec(code) as unknown as [string, string];
    writeFileSync(join(folder, name), code);
  }
  const run = (file: string, ...args: string[]) =>
    spawnSync(process.execPath, [file, ...args], { env, encoding: 'utf8', timeout: 60_000 });
  const tactus = join(root, 'dist', 'services', 'cli', 'tactus.js');

  it('send points and follow topics', { timeout: 240_000 }, async () => {
    for (const what of ['topics', 'schemas']) assert.equal(run(tactus, what, 'apply').status, 0);
    const sent = run(join(folder, 'send.mjs'), 'acme', 'orders', '1', '2');
    assert.match(sent.stdout, /^2 points sent to /, sent.stderr);

    const follower = spawn(process.execPath, [join(folder, 'follow.mjs'), 'ingest.metrics'], { env });
    let output = '';
    let errors = '';
    follower.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    await new Promise<void>((resolve, reject) => {
      follower.once('close', () => reject(new Error(`it ended: ${errors}`)));
      follower.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.split('\n').length > 2) resolve();
      });
    }).finally(() => follower.kill());
    const values = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line.slice(line.indexOf(' '))) as { metric: string; value: number });
    assert.deepEqual(
      values.map(({ metric, value }) => [metric, value]),
      [
        ['orders', 1],
        ['orders', 2],
      ],
    );
  });

  it('say what to do when the schemas are not registered, and encode for other clients', () => {
    const elsewhere = { ...env, TOPIC_PREFIX: ownPrefix('nowhere') };
    const args = [join(folder, 'send.mjs'), '--bytes', 'acme', 'orders', '1'];
    const lost = spawnSync(process.execPath, args, { env: elsewhere, encoding: 'utf8' });
    assert.equal(lost.status, 1);
    assert.match(lost.stderr, /run `npx tactus schemas apply`/);
    const { stdout } = spawnSync(process.execPath, args, { env });
    assert.equal(stdout[0], 0);
    assert.ok(stdout.includes('acme'));
  });
});
