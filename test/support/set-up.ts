import { registerSchemas } from '../../services/cli/program/schema-registration.js';
import { applyTopics } from '../../shared/adapters/kafka/admin/topics-admin.js';
import { loadConfig } from '../../shared/config/load.js';
import { commandAccess } from '../../shared/control/control-access.js';
import { createKey } from '../../shared/control/keys.js';
import type { Scope } from '../../shared/ports/keys.js';
import type { CommandContext } from '../../shared/process/context.js';
import { Health } from '../../shared/process/health.js';
import { createLogger } from '../../shared/process/logger.js';

/*
 * What commands of that name do, in the process of the test: most of a command is its start, and dozens of files need these
 * before they begin. The commands themselves have tests of their own.
 */

type Environment = Readonly<Record<string, string>>;

/** `tactus topics apply` and `tactus schemas apply`. */
export async function applyAll(env: Environment): Promise<void> {
  await Promise.all([applyTopics(contextOf(env)), applySchemas(env)]);
}

/** `tactus schemas apply`. */
export async function applySchemas(env: Environment): Promise<void> {
  for await (const _ of registerSchemas(contextOf(env)));
}

/** `tactus keys create`: the text of the key. */
export async function makeKey(env: Environment, tenant: string, scopes: readonly Scope[]): Promise<string> {
  const wanted = { tenant, scopes, name: '', expires: null };
  return (await createKey(commandAccess(contextOf(env)), wanted)).text;
}

function contextOf(env: Environment): CommandContext {
  return {
    ...{ config: loadConfig(env), log: createLogger('test', 'silent') },
    ...{ health: new Health(), stopping: new AbortController().signal },
  };
}
