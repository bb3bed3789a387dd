import type { CommandContext } from '../../../shared/process/context.js';
import type { ServerName } from './servers.js';

/** What commander calls for a command: the result of `work` becomes the exit code of the process. */
export function action<A extends unknown[]>(
  work: (...args: A) => Promise<number>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    process.exitCode = await work(...args);
  };
}

/**
 * As {@link action}, for a command that ends: `work` is given the configuration, the servers that it needs answer by
 * then, and its errors become a line on stderr.
 *
 * @param name as it is typed, without `tactus`
 * @param needs the servers, or what they are by arguments and options
 */
export function running<A extends unknown[]>(
  name: string,
  needs: readonly ServerName[] | ((...args: A) => readonly ServerName[]),
  work: (context: CommandContext, ...args: A) => Promise<number>,
): (...args: A) => Promise<void> {
  return action(async (...args) => {
    const { runCommand } = await import('./run-command.js');
    // Commander passes arguments, then the options, then the command itself.
    const { timeout } = args.at(-2) as { timeout?: number };
    return await runCommand(name, (context) => work(context, ...args), {
      needs: typeof needs === 'function' ? needs(...args) : needs,
      ...(timeout === undefined ? {} : { timeout }),
    });
  });
}
