import type { Scope } from '../../shared/ports/keys.js';
import { runTactus } from './command-line.js';
import { applyAll, makeKey } from './set-up.js';

/** For gateways of tests and benches, and for the commands that make their keys. */
export const KEYS_SECRET = { TACTUS_KEYS_SECRET: 'a secret of this test, which is long enough' } as const;

const WRITES: readonly Scope[] = ['write:metrics', 'write:events'];

/** What `tactus` prints. @throws Error unless it ends with 0 */
export async function tactus(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  program?: string,
): Promise<string> {
  const { code, stdout, stderr } = await runTactus(args, env, program);
  if (code !== 0) throw new Error(`tactus ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/**
 * Makes topics and schemas, and for each tenant a key that may write.
 *
 * @param env addresses and prefix; the secret is added
 * @param program the command line of another build
 */
export async function gatewayKeys(
  env: Readonly<Record<string, string>>,
  tenants: readonly string[],
  program?: string,
): Promise<Map<string, string>> {
  if (program === undefined) await applyAll(env);
  else for (const what of ['topics', 'schemas']) await tactus([what, 'apply'], env, program);
  const create = async (tenant: string) => [tenant, await writerKey(env, tenant, program)] as const;
  return new Map(await Promise.all(tenants.map(create)));
}

/** Makes a key that may write points and events; the secret is added to the variables. */
export async function writerKey(
  env: Readonly<Record<string, string>>,
  tenant: string,
  program?: string,
): Promise<string> {
  const withSecret = { ...env, ...KEYS_SECRET };
  if (program === undefined) return await makeKey(withSecret, tenant, WRITES);
  return await tactus(['keys', 'create', '--tenant', tenant, '--scopes', WRITES.join()], withSecret, program);
}
