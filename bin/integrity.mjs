// `npm run test:integrity`: like `npm test`, straight from a fresh clone.

import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

if (!(await ensureInstalled()) || !ensureBuilt()) process.exit(1);
await import('../dist/test/integrity/main.js');
