import { loadConfig } from '../../shared/config/load.js';
import { isLoopback } from '../../shared/core/loopback.js';
import type { Guard } from './embedded/guard.js';
import { runProgram } from './set-up.js';

const BY_HAND = '`npx tactus users link --admin` prints a link to log in by';

/**
 * How to log in: a link, made with an admin where there is none, if the API is for this machine only and the link goes to nobody but who
 * looks at the terminal; else the command that makes one.
 *
 * @param program the script of the command line
 */
export async function loginHint(
  url: string,
  isTerminal: boolean,
  program: string,
  env: NodeJS.ProcessEnv,
  guard: Guard,
  signal: AbortSignal,
): Promise<string> {
  if (!isTerminal || !isLoopback(loadConfig(env).api.httpHost)) return BY_HAND;
  const args = ['users', 'link', '--admin', '--print', '--url', url];
  const { code, stdout } = await runProgram([program, ...args], env, guard, signal);
  return code === 0 ? `log in, once within ten minutes: ${stdout.trim()}` : BY_HAND;
}
