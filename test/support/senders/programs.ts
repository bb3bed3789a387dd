import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../../shared/files/package-root.js';

const execute = promisify(execFile);
const root = packageRoot();
export const PYTHON_SCRIPT = join(root, 'test', 'support', 'senders', 'record_otel.py');
const REQUIREMENTS = join(root, 'test', 'support', 'senders', 'requirements.txt');

/** @throws where a program is missing: what was not sent by the real sender was not tested */
export function requirePrograms(...names: string[]): void {
  for (const name of names)
    try {
      execFileSync('bash', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    } catch {
      throw new Error(
        `${name} is missing, with which this test sends: apt-get install curl prometheus kcat python3-venv`,
      );
    }
}

/**
 * A virtual environment of Python with the packages that send, made on first use; renamed when complete, so that an
 * interrupted run leaves none that is taken for a good one.
 *
 * @returns its folder of programs
 */
export async function pythonSenders(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
  const parent = join(root, '.tactus', 'python-senders');
  const folder = join(parent, hash);
  if (!existsSync(folder)) {
    mkdirSync(parent, { recursive: true });
    const unfinished = mkdtempSync(join(parent, 'making-'));
    try {
      await execute('python3', ['-m', 'venv', unfinished]);
      // By the module: scripts of an environment have its path in them, which changes.
      const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '-r', REQUIREMENTS];
      await execute(join(unfinished, 'bin', 'python3'), pip);
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(folder, 'bin');
}
