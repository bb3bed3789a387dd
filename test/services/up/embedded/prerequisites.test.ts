import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { javaMajor, requireJava, requireMaven } from '../../../../services/up/embedded/prerequisites.js';

const PATH = process.env.PATH;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tactus-path-'));
  process.env.PATH = folder;
});
afterEach(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true });
});

function program(name: string, says: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${says}' >&2\n`);
  chmodSync(join(folder, name), 0o755);
}

test('the major version is read from old and new ways of writing it', () => {
  assert.equal(javaMajor('openjdk version "17.0.15" 2025-04-15'), 17);
  assert.equal(javaMajor('java version "1.8.0_202"'), 8);
  assert.equal(javaMajor('openjdk version "21" 2023-09-19'), 21);
  assert.equal(javaMajor('zsh: command not found'), null);
});

test('Java and Maven that are missing are named in one line with what to do', async () => {
  for (const require of [requireJava, requireMaven])
    await assert.rejects(require(), {
      code: 'TACTUS_PREREQUISITE_MISSING',
      message: /^(java|mvn) was not found: install [^\n]+$/,
    });
});

test('Java and Maven that are too old are named with what was found', async () => {
  program('java', 'openjdk version "11.0.2" 2019-01-15');
  program('mvn', 'Apache Maven 3.3.9 (bb52d8502b132ec0a5a3f4c09453c07478323dc5)');
  await assert.rejects(requireJava(), {
    code: 'TACTUS_PREREQUISITE_MISSING',
    message: /^java is too old: 17 .*11\.0\.2/,
  });
  await assert.rejects(requireMaven(), {
    code: 'TACTUS_PREREQUISITE_MISSING',
    message: /^mvn is too old: .*3\.3\.9/,
  });
});

test('Java and Maven that are new enough pass', async () => {
  program('java', 'openjdk version "21.0.1" 2023-10-17');
  program('mvn', 'Apache Maven 3.9.9 (8e8579a9e76f7d015ee5ec7bfcdc97d260186937)');
  await requireJava();
  await requireMaven();
});
