import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { copyTemplate, keepTemplate } from '../../../../services/up/embedded/database-template.js';

describe('the template of new databases', () => {
  let home: string;
  let template: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'tactus-template-'));
    template = join(home, 'parts', 'database-1');
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
  });

  function folderWith(name: string, files: Readonly<Record<string, string>>): string {
    const folder = join(home, name);
    mkdirSync(join(folder, 'base'), { recursive: true });
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
    return folder;
  }

  it('leaves a folder as it is when there is none yet', () => {
    const folder = folderWith('new', { 'base/1': 'begun' });
    assert.equal(copyTemplate(template, folder), false);
    assert.equal(readFileSync(join(folder, 'base', '1'), 'utf8'), 'begun');
  });

  it('is all of the database that it was made of, and nothing else is in its copies', () => {
    keepTemplate(template, folderWith('first', { PG_VERSION: '17', 'base/1': 'one' }));
    const folder = folderWith('new', { 'base/2': 'of a start that was broken off' });
    assert.equal(copyTemplate(template, folder), true);
    assert.deepEqual(readdirSync(folder, { recursive: true }).sort(), ['PG_VERSION', 'base', 'base/1']);
    assert.equal(readFileSync(join(folder, 'base', '1'), 'utf8'), 'one');
  });

  it('stays when another process was faster, and nothing is left over', () => {
    for (const text of ['one', 'two']) keepTemplate(template, folderWith(text, { 'base/1': text }));
    assert.equal(readFileSync(join(template, 'base', '1'), 'utf8'), 'one');
    assert.deepEqual(readdirSync(join(home, 'parts')), ['database-1']);
  });

  it('is done without where it cannot be kept', (t) => {
    const said = t.mock.method(console, 'error', () => {});
    writeFileSync(join(home, 'parts'), 'no folder');
    keepTemplate(template, folderWith('first', { PG_VERSION: '17' }));
    assert.equal(said.mock.callCount(), 1);
    assert.equal(existsSync(template), false);
  });
});
