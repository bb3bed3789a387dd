import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { reaches, select } from './selection.js';

describe('the selection of tests', () => {
  const root = mkdtempSync(join(tmpdir(), 'tactus-selection-'));
  const [built, sources] = [join(root, 'dist'), join(root, 'test')];
  const put = (path: string, text = '') => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  put(join(built, 'a/one.test.js'), "import { x } from '../support/helper.js';");
  put(join(built, 'a/two.int.test.js'), "import { x } from './one.test.js';");
  put(join(built, 'a/gone.test.js'));
  put(join(built, 'support/helper.js'), "import { y } from './servers.js';");
  put(join(built, 'support/servers.js'));
  for (const file of ['a/one.test.ts', 'a/two.int.test.ts']) put(join(sources, file));
  after(() => rmSync(root, { recursive: true }));

  it('is everything whose source is there', () => {
    assert.deepEqual(select([], built, sources).files, ['a/one.test.js', 'a/two.int.test.js']);
  });

  it('takes parts of paths, with or without folder and ending, and leaves servers out for --unit', () => {
    assert.deepEqual(select(['test/a/one.test.ts'], built, sources).files, ['a/one.test.js']);
    assert.deepEqual(select(['a/', '--unit'], built, sources).files, ['a/one.test.js']);
    assert.equal(select(['two', '-t', 'late'], built, sources).name, 'late');
  });

  it('refuses what selects nothing, and unknown options', () => {
    assert.throws(() => select(['gone'], built, sources), /no test file matches gone/);
    assert.throws(() => select(['--units'], built, sources), /--units/);
  });

  it('follows imports', () => {
    assert.equal(reaches('a/two.int.test.js', built, 'support/servers.js'), true);
    assert.equal(reaches('a/two.int.test.js', built, 'support/others.js'), false);
  });
});
