import assert from 'node:assert/strict';
import { type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { packageRoot } from '../../../../shared/files/package-root.js';

/** A project of the launchers alone, with a script in place of its Node and a program that says what it is given. */
const root = mkdtempSync(join(tmpdir(), 'tactus-launchers-'));
const launcher = join(root, 'services', 'cli', 'bin', 'tactus.mjs');
const binaryPackage = join(root, 'node_modules', 'node-of-a-test');
const OWN_MAJOR = Number(process.versions.node.split('.')[0]);

function project(engines: string): void {
  rmSync(root, { recursive: true, force: true });
  cpSync(join(packageRoot(), 'services', 'cli', 'bin'), join(root, 'services', 'cli', 'bin'), {
    recursive: true,
  });
  const program = join(root, 'dist', 'services', 'cli');
  mkdirSync(program, { recursive: true });
  writeFileSync(join(program, 'tactus.js'), "console.log('own', ...process.argv.slice(2));\n");
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module', engines: { node: engines } }));
  writeFileSync(join(root, 'tsconfig.json'), '{}');
  writeFileSync(join(root, 'dist', '.tsbuildinfo'), '');
  mkdirSync(join(root, 'dist', 'dashboard'));
  writeFileSync(join(root, 'dist', 'dashboard', 'index.html'), '');
}

function bring(version: string, script: string): void {
  mkdirSync(join(binaryPackage, 'bin'), { recursive: true });
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  writeFileSync(join(binaryPackage, 'package.json'), JSON.stringify({ version }));
  writeFileSync(join(binaryPackage, 'bin', 'node'), script);
  chmodSync(join(binaryPackage, 'bin', 'node'), 0o755);
  symlinkSync(join(binaryPackage, 'bin', 'node'), join(root, 'node_modules', '.bin', 'node'));
}

function launch(...args: string[]) {
  const options: SpawnSyncOptions = { encoding: 'utf8' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], options);
  return { status, stdout: String(stdout), stderr: String(stderr) };
}

describe('the launchers', () => {
  beforeEach(() => project('>=20.0.0'));
  after(() => rmSync(root, { recursive: true, force: true }));

  it('run themselves again on the Node of the project, and end with its exit code', () => {
    bring(`${OWN_MAJOR + 1}.0.0`, '#!/bin/sh\necho "project $@"\nexit 7\n');
    assert.deepEqual(launch('up', '--fresh'), {
      status: 7,
      stdout: `project ${launcher} up --fresh\n`,
      stderr: '',
    });
  });

  it('go on where they are on the same major version', () => {
    bring(`${OWN_MAJOR}.0.0`, '#!/bin/sh\nexit 7\n');
    assert.deepEqual(launch('up'), { status: 0, stdout: 'own up\n', stderr: '' });
  });

  it('go on where they are when the Node of the project cannot run on this system', () => {
    bring(`${OWN_MAJOR + 1}.0.0`, '#!/no/such/loader\n');
    assert.deepEqual(launch('up'), { status: 0, stdout: 'own up\n', stderr: '' });
  });

  it('refuse a Node that is too old where the project brings none', () => {
    project(`>=${OWN_MAJOR}.999.0`);
    const { status, stdout, stderr } = launch('up');
    assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
    assert.match(
      stderr,
      new RegExp(`^tactus: Node ${OWN_MAJOR}\\.999\\.0 or newer is needed on .*${process.versions.node}\n$`),
    );
  });

  it('pass signals on and report how the program ended', async () => {
    bring(`${OWN_MAJOR + 1}.0.0`, '#!/bin/sh\ntrap "exit 3" INT\necho ready\nwhile :; do sleep 0.05; done\n');
    for (const [signal, wanted] of [
      ['SIGINT', 3],
      ['SIGTERM', 128 + 15],
    ] as const) {
      const child = spawn(process.execPath, [launcher], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      child.kill(signal);
      assert.deepEqual(await once(child, 'exit'), [wanted, null]);
    }
  });
});
