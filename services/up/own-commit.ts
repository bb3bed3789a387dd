import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { promisify } from 'node:util';

const TIMEOUT_MS = 1_000;

/** The commit that a clone stands at, by git; empty where the folder is none, or inside of another's. */
export async function ownCommit(folder: string): Promise<string> {
  try {
    const args = ['rev-parse', '--show-toplevel', 'HEAD'];
    const { stdout } = await promisify(execFile)('git', args, { cwd: folder, timeout: TIMEOUT_MS });
    const [root = '', commit = ''] = stdout.trimEnd().split('\n');
    return realpathSync(root) === realpathSync(folder) ? commit : '';
  } catch {
    // No git, no clone, or no commit yet.
    return '';
  }
}
