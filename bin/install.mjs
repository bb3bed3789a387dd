// Installs the packages of a fresh clone. No dependencies: this runs before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build.mjs';

/** Sees that the packages are those of the lock file; says on stderr what is wrong and returns false. */
export async function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(`tactus: Node 20.19 or newer is needed, this is ${process.versions.node}\n`);
    return false;
  }
  if (isInstalled()) return true;
  process.stderr.write('installing packages with `npm ci` (once, up to a minute)\n');
  if ((await install()) === 0) return true;
  process.stderr.write('tactus: `npm ci` failed: see its message above\n');
  return false;
}

/** npm writes its own record of what it installed and the lock file in one go, in no known order. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  return statSync(installed).mtimeMs + 10_000 >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

/** Resolves with npm's exit code; a signal to this process ends npm too. */
async function install() {
  const npm = process.env.npm_execpath;
  const [file, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn(file, args, { cwd: root, stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`tactus: npm could not be run: ${error.message}\n`);
      resolve(1);
    });
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  for (const signal of signals) process.off(signal, forward);
  return code;
}
