// What npm's scripts run, straight from a fresh clone: `run.mjs MODULE ARGUMENTS` installs and builds what is
// missing and then is that module of the build, in one process, so that signals and exit code are its own.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, root } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { onProjectNode } from './project-node.mjs';

if (!(await ensureInstalled()) || !(await onProjectNode()) || !ensureBuilt()) process.exit(1);
const [node, , program, ...args] = process.argv;
const path = join(root, 'dist', program);
process.argv = [node, path, ...args];
await import(pathToFileURL(path).href);
