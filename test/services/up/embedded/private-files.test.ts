import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { makePrivateFolder } from '../../../../services/up/embedded/private-files.js';
import { writePrivateFile } from '../../../../shared/files/private-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tactus-private-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** A folder that all may read, with these files in it. */
function openFolder(name: string, ...files: string[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const file of files) writeFileSync(join(path, file), '');
  chmodSync(path, 0o755);
  return path;
}

test('a folder is made for its owner alone', () => {
  const path = join(folder, 'a', 'b');
  makePrivateFolder(path, []);
  assert.equal(modeOf(path), '700');
});

test('a folder of ours that others could read is closed to them', () => {
  for (const path of [
    openFolder('data', 'env', 'logs'),
    openFolder('empty'),
    openFolder('.tactus', 'notes'),
  ]) {
    makePrivateFolder(path, ['env', 'logs']);
    assert.equal(modeOf(path), '700', path);
  }
});

test('a folder that holds what is not ours stays as it is', () => {
  const path = openFolder('shared', 'env', 'photos');
  makePrivateFolder(path, ['env', 'logs']);
  assert.equal(modeOf(path), '755');
});

test('a file is written for its owner alone, also where one was that others could read', () => {
  const path = join(folder, 'env');
  writePrivateFile(path, 'one');
  assert.equal(modeOf(path), '600');
  chmodSync(path, 0o644);
  writePrivateFile(path, 'two');
  assert.deepEqual([modeOf(path), readFileSync(path, 'utf8')], ['600', 'two']);
});
