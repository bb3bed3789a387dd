// Builds dist/ when it is missing or older than the sources. No dependencies: runs on a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of `package.json`. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));
const stamp = join(root, 'dist', '.tsbuildinfo');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const bundler = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
const dashboard = join(root, 'services', 'dashboard');
const page = join(root, 'dist', 'dashboard', 'index.html');
/** What a build is made of. */
const SOURCE = /\.(tsx?|css|html|svg)$/;

/** Ensures that the build is as new as the sources; says on stderr what is missing and returns false. */
export function ensureBuilt() {
  // What a compiler alone has built lacks the pages.
  const built = [stamp, page].every(existsSync) ? statSync(stamp).mtimeMs : 0;
  if (built >= newestSource()) return true;
  if (!existsSync(compiler)) {
    if (built > 0) return true; // An installation without the compiler runs what it was installed with.
    process.stderr.write('tactus: not built yet: run `npm ci` in this folder first\n');
    return false;
  }
  process.stderr.write('building Tactus\n');
  const steps = [
    [compiler, '-p', root],
    [compiler, '-p', dashboard],
    [bundler, 'build', dashboard, '--logLevel', 'warn'],
  ];
  for (const step of steps) {
    const { status, stdout, stderr } = spawnSync(process.execPath, step, { cwd: root, encoding: 'utf8' });
    if (status === 0) continue;
    process.stderr.write(`${stdout}${stderr}tactus: the build failed\n`);
    return false;
  }
  // The compiler leaves its stamp alone when nothing of substance changed.
  const now = new Date();
  utimesSync(stamp, now, now);
  return true;
}

function newestSource() {
  const own = ['package.json', 'tsconfig.json'].map((name) => statSync(join(root, name)).mtimeMs);
  return Math.max(
    ...own,
    ...['services', 'shared', 'schemas', 'topics', 'test'].map((name) => newestIn(join(root, name))),
  );
}

function newestIn(folder) {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
    .reduce((newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}
