import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { WEB_PATHS } from '../../../services/api/http/web-pages.js';
import { packageRoot } from '../../../shared/files/package-root.js';

/** The list imports components, which are not compiled here. */
const list = readFileSync(join(packageRoot(), 'services/dashboard/shell/pages.ts'), 'utf8');

it('all have an address that the API serves, and there is no other', () => {
  const paths = [...list.matchAll(/path: '([^']*)'/g)].map(([, path]) => path);
  assert.deepEqual(paths.filter((path) => path !== '').sort(), [...WEB_PATHS].sort());
});

it('each have a key of their own', () => {
  const keys = [...list.matchAll(/ key: '([^']*)'/g)].map(([, key]) => key);
  assert.equal(new Set(keys).size, keys.length);
});

const DASHBOARD = join(packageRoot(), 'services/dashboard');

/** The classes that a style sheet's selectors begin with. */
function classesOf(css: string): Set<string> {
  const selectors = [...css.replaceAll(/\/\*.*?\*\//gs, '').matchAll(/([^{};]+)\{/g)].flatMap(
    ([, all = '']) => all.split(','),
  );
  return new Set(selectors.flatMap((one) => /^\s*\.([\w-]+)/.exec(one)?.slice(1) ?? []));
}

// The style sheet of a page stays when another page is shown.
it('each have classes of their own', () => {
  const sheets = readdirSync(DASHBOARD, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.css'))
    .map((file) => [file, classesOf(readFileSync(join(DASHBOARD, file), 'utf8'))] as const);
  const pages = sheets.filter(([file]) => file.startsWith('pages'));
  assert.ok(pages.length > 5);
  const shared = pages.flatMap(([page, own]) =>
    sheets
      .filter(([file]) => file !== page)
      .flatMap(([file, others]) => [...own.intersection(others)].map((name) => `.${name}: ${page}, ${file}`)),
  );
  assert.deepEqual(shared, []);
});
