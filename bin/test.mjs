// `npm test`: like `npm start`, straight from a fresh clone.

import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

if (!(await ensureInstalled()) || !ensureBuilt()) process.exit(1);
await import('../dist/test/run.js');
