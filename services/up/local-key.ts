import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TactusError } from '../../shared/core/errors.js';
import { writePrivateFile } from '../../shared/files/private-file.js';
import { keyIdOf } from '../../shared/security/key-text.js';
import type { Guard } from './embedded/guard.js';
import { runProgram } from './set-up.js';

/** What the key of `up` is for. */
export const LOCAL = { tenant: 'local', scopes: 'write:metrics,write:events,read' } as const;

/** Secrets that `up` makes, by the variable that holds one, and their files in the data folder. */
const OWN_SECRETS = { TACTUS_KEYS_SECRET: 'keys-secret', TACTUS_MEMBER_SECRET: 'member-secret' } as const;

/**
 * The secrets under which keys are kept and subjects are hashed, each in a file of the data folder; made once.
 *
 * @returns the variables that name them; nothing where the environment of `up` has a secret already
 */
export function ownSecrets(dataDir: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [variable, name] of Object.entries(OWN_SECRETS)) {
    if (env[variable] || env[`${variable}_FILE`]) continue;
    const file = join(dataDir, name);
    if (!existsSync(file)) writePrivateFile(file, `${randomBytes(32).toString('hex')}\n`);
    files[`${variable}_FILE`] = file;
  }
  return files;
}

/**
 * A key to write and read with: the one of the last `up` on these data if it is still in force, else a new one.
 *
 * @param program the script of the command line
 * @throws TactusError `TACTUS_EMBEDDED_FAILED` with a command's own words when one fails.
 */
export async function localKey(
  dataDir: string,
  program: string,
  env: NodeJS.ProcessEnv,
  guard: Guard,
  signal: AbortSignal,
): Promise<string> {
  const file = join(dataDir, 'api-key');
  const keys = async (...args: string[]) => {
    const { code, output, stdout } = await runProgram([program, 'keys', ...args], env, guard, signal);
    if (code !== 0 && !signal.aborted)
      throw new TactusError(
        'TACTUS_EMBEDDED_FAILED',
        `\`tactus keys ${args[0]}\` failed (${code}):\n${output.trimEnd()}`,
      );
    return stdout;
  };
  const before = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  const id = keyIdOf(before);
  if (id !== null) {
    const text = await keys('ls', '--json');
    if (signal.aborted) return '';
    const listed = (JSON.parse(text) as { keys: { id: string; state: string }[] }).keys;
    if (listed.some((key) => key.id === id && key.state === 'in force')) return before;
  }
  const made = (
    await keys('create', '--tenant', LOCAL.tenant, '--scopes', LOCAL.scopes, '--name', 'up')
  ).trim();
  if (!signal.aborted) writePrivateFile(file, `${made}\n`);
  return made;
}
