import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../shared/files/package-root.js';

const PAGE = join(packageRoot(), 'services', 'alerting', 'notify', 'README.md');
const TITLE = /\b(?:it|test)\(\s*(['"])(.+?)\1, /g;
const rows = readFileSync(PAGE, 'utf8')
  .split("## Alertmanager's features")[1]
  ?.split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:---|Feature)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe("the table of Alertmanager's features", () => {
  it('names a test that there is for whatever we have', () => {
    assert.ok(rows !== undefined && rows.length > 10);
    for (const [, feature, state = '', , test = ''] of rows) {
      if (state === 'missing') continue;
      assert.match(state, /^(?:have|partly)$/, feature);
      const [, path, title = ''] = /^\[[\w-]+\]\((.+\.test\.ts)\): (.+)$/.exec(test) ?? [];
      assert.ok(path !== undefined && existsSync(join(dirname(PAGE), path)), `${feature}: ${test}`);
      const titles = [...readFileSync(join(dirname(PAGE), path), 'utf8').matchAll(TITLE)].map(
        (found) => found[2],
      );
      assert.ok(titles.includes(title), `${feature}: ${path} has no test "${title}"`);
    }
  });

  it('says why something is missing', () => {
    for (const [, feature, state, why = ''] of rows ?? [])
      if (state === 'missing') assert.ok(why.length > 50, feature);
  });
});
