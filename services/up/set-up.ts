import { spawn } from 'node:child_process';
import { TactusError } from '../../shared/core/errors.js';
import type { Guard } from './embedded/guard.js';

/** What has to be in place before workers start; none needs another. */
const COMMANDS = [
  ['topics', 'apply'],
  ['schemas', 'apply'],
  ['db', 'migrate'],
] as const;

/**
 * Runs the set-up commands side by side, each as the process that a user would start.
 *
 * @param program the script of the command line
 * @throws TactusError `TACTUS_EMBEDDED_FAILED` with a command's own words when one fails.
 */
export async function setUp(
  program: string,
  env: NodeJS.ProcessEnv,
  guard: Guard,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<void> {
  await Promise.all(
    COMMANDS.map(async (args) => {
      const command = `tactus ${args.join(' ')}`;
      const { code, output } = await runProgram([program, ...args], env, guard, signal);
      if (code !== 0 && !signal.aborted)
        throw new TactusError(
          'TACTUS_EMBEDDED_FAILED',
          `\`${command}\` failed (${code}):\n${output.trimEnd()}`,
        );
      progress(`${command}: done`);
    }),
  );
}

/** Runs a command; `output` has the end of what it said, `stdout` all that is a result. */
export function runProgram(
  args: string[],
  env: NodeJS.ProcessEnv,
  guard: Guard,
  signal: AbortSignal,
): Promise<{ code: number | string; output: string; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    guard.watch(child);
    let output = '';
    let stdout = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      keep(chunk);
    });
    child.stderr.on('data', keep);
    const stop = () => child.kill('SIGKILL');
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', reject);
    child.once('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop);
      resolve({ code: code ?? killedBy ?? 1, output, stdout });
    });
  });
}
