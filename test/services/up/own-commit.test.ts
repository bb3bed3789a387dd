import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ownCommit } from '../../../services/up/own-commit.js';

describe('the commit of a folder', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tactus-commit-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is the one that a clone stands at; none outside of a clone, and not that of one around it', async () => {
    assert.equal(await ownCommit(folder), '');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
        cwd: folder,
        encoding: 'utf8',
      }).trim();
    git('init', '--quiet');
    assert.equal(await ownCommit(folder), '');
    git('commit', '--quiet', '--allow-empty', '--message', 'first');
    assert.equal(await ownCommit(folder), git('rev-parse', 'HEAD'));
    const inside = join(folder, 'inside');
    mkdirSync(inside);
    assert.equal(await ownCommit(inside), '');
    assert.equal(await ownCommit(join(folder, 'missing')), '');
  });
});
