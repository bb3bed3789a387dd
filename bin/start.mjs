// `npm start`: from a fresh clone to `tactus up`, in one process, so that signals and the exit code are
// those of `up`.
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

if (!(await ensureInstalled()) || !ensureBuilt()) process.exit(1);
process.argv.splice(2, 0, 'up');
await import('../dist/services/cli/tactus.js');
