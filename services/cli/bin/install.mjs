// Installs the packages of a fresh clone. No dependencies: this runs before anything is installed.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build.mjs';
import { runAttached } from './child.mjs';

/** Ensures that the packages are those of the lock file; says on stderr what is wrong and returns false. */
export async function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(`tactus: Node 20.19 or newer is needed, this is ${process.versions.node}\n`);
    return false;
  }
  if (isInstalled()) return true;
  process.stderr.write('installing packages with `npm ci` (once, up to a minute)\n');
  try {
    if ((await npmCi()) === 0) return true;
    process.stderr.write('tactus: `npm ci` failed: see its message above\n');
  } catch (error) {
    process.stderr.write(`tactus: npm could not be run: ${error.message}\n`);
  }
  return false;
}

/** npm writes its own record of what it installed and the lock file in one go, in no known order. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  return statSync(installed).mtimeMs + 10_000 >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

async function npmCi() {
  const npm = process.env.npm_execpath;
  const [file, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  return await runAttached(file, [...first, 'ci', '--no-audit', '--no-fund'], { cwd: root });
}
