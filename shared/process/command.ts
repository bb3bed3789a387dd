import { pino } from 'pino';
import { loadConfig } from '../config/load.js';
import { messageOf, TactusError } from '../core/errors.js';
import type { WorkerContext } from './context.js';
import { EXIT_CONFIG } from './exit-codes.js';
import { Health } from './health.js';

/** What a command that ends works with: no worker, so neither metrics nor a status server. */
export type CommandContext = Pick<WorkerContext, 'config' | 'log' | 'health' | 'stopping'>;

/** Writes one line for people to stdout. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * Runs a command that ends: loads the configuration, hands it over and turns errors into one line on
 * stderr. Ctrl-C ends a wait for a server.
 *
 * @returns the exit code: what `work` returns, 78 for a bad configuration, 1 for any other error
 */
export async function runCommand(
  name: string,
  work: (context: CommandContext) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const config = loadConfig();
    return await work({ config, log: plainLog(), health: new Health(), stopping: stop.signal });
  } catch (error) {
    process.stderr.write(`tactus ${name}: ${messageOf(error)}\n`);
    return error instanceof TactusError && error.code === 'TACTUS_CONFIG_INVALID' ? EXIT_CONFIG : 1;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Warnings, such as that a server is waited for, as plain lines on stderr. */
function plainLog(): WorkerContext['log'] {
  const write = (line: string) => {
    const { msg, kafka } = JSON.parse(line) as { msg?: string; kafka?: object };
    // What the Kafka client says of single connections is repeated by whoever waits for Kafka.
    if (msg !== undefined && kafka === undefined) process.stderr.write(`${msg}\n`);
  };
  return pino({ level: 'warn', base: null, serializers: { error: () => undefined } }, { write });
}
