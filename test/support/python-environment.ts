import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../shared/files/package-root.js';
import { until } from './until.js';

const execute = promisify(execFile);

/**
 * A virtual environment of Python with the packages of a file, made on first use; renamed when complete, so that an interrupted
 * run leaves none that is taken for a good one.
 *
 * @param name of its folder in `.tactus`
 * @param requirements file of all packages, with their versions
 * @param after script of Python that it runs at the end, with the folder of programs as its argument
 * @returns its folder of programs
 */
export async function pythonEnvironment(name: string, requirements: string, after?: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(requirements));
  if (after !== undefined) hash.update(readFileSync(after));
  const parent = join(packageRoot(), '.tactus', name);
  const folder = join(parent, hash.digest('hex').slice(0, 16));
  mkdirSync(parent, { recursive: true });
  // Test files run side by side, and one makes it for all.
  await until(
    `${folder} to be there or to be made`,
    () => existsSync(folder) || isTaken(`${folder}.making`),
    600_000,
  );
  if (!existsSync(folder)) {
    const unfinished = mkdtempSync(join(parent, 'making-'));
    try {
      await execute('python3', ['-m', 'venv', unfinished]);
      const python = join(unfinished, 'bin', 'python3');
      // By the module: scripts of an environment have its path in them, which changes.
      await execute(python, [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--no-compile',
        '--no-deps',
        '-r',
        requirements,
      ]);
      if (after !== undefined) await execute(python, [after, join(unfinished, 'bin')]);
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  rmSync(`${folder}.making`, { force: true });
  return join(folder, 'bin');
}

/** Whether this process has taken a file for itself: there was none, or its process has ended. */
function isTaken(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(readFileSync(file, 'utf8'));
    if (owner > 0 && !runs(owner)) rmSync(file, { force: true });
    return false;
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
