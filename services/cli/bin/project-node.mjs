// The Node that the packages of this project bring, and the oldest one that does without it.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './build.mjs';
import { runAttached } from './child.mjs';

const binary = join(root, 'node_modules', '.bin', 'node');

/**
 * Ensures that this program runs on the project's Node: npm's scripts and npx find that one by themselves,
 * unless they have only just installed it or the program was started by hand. On another major version
 * it is run again, and this process ends with its exit code.
 *
 * @returns false, with the reason on stderr, where there is none for this platform and this Node is too old
 */
export async function onProjectNode() {
  if (existsSync(binary) && majorOf(projectVersion()) !== majorOf(process.versions.node)) {
    try {
      process.exit(await runAttached(binary, [...process.execArgv, ...process.argv.slice(1)]));
    } catch (error) {
      // This system lacks the C library that the binary was built for (Alpine has musl).
      if (error.code !== 'ENOENT') throw error;
    }
  }
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const oldest = engines.node.replace('>=', '');
  if (process.versions.node.localeCompare(oldest, 'en', { numeric: true }) >= 0) return true;
  process.stderr.write(
    `tactus: Node ${oldest} or newer is needed on ${process.platform}-${process.arch}, for which none is installed with the packages; this is ${process.versions.node}\n`,
  );
  return false;
}

function projectVersion() {
  const folder = dirname(dirname(realpathSync(binary)));
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
}

function majorOf(version) {
  return Number(version.split('.')[0]);
}
