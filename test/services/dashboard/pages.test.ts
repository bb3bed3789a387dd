import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
