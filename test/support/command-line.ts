import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../shared/files/package-root.js';

/** The command line of this build. */
export const PROGRAM = join(packageRoot(), 'dist', 'services', 'cli', 'tactus.js');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tactus` with these arguments and stdin, and nothing of the tests' own environment but these variables. */
export function runTactus(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  program = PROGRAM,
  input = '',
): Promise<Outcome> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { env: { PATH, HOME, ...env } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    // A program that ends without reading is none of our faults.
    child.stdin?.on('error', () => {}).end(input);
  });
}
