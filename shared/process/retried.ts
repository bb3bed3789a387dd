import { type ErrorCode, TactusError } from '../core/errors.js';
import type { CommandContext } from './context.js';
import { untilItWorks } from './wait.js';

/** The servers that a command may lose, by the code of the error that says so. */
const SERVERS: Partial<Record<ErrorCode, string>> = {
  TACTUS_KAFKA_UNAVAILABLE: 'Kafka',
  TACTUS_REGISTRY_UNAVAILABLE: 'the schema registry',
  TACTUS_DATABASE_UNAVAILABLE: 'the database',
};

/**
 * A step of a command, repeated while a server fails: a command that ends waits for servers as workers do, but within
 * `--timeout`, after which its runner gives up. The embedded database, for one, ends transactions that keep others waiting.
 *
 * @param attempt must be safe to repeat
 * @throws what `attempt` threw, if that does not pass by itself or the command is stopped
 */
export function retried<T>(
  { stopping: signal, log, health }: Pick<CommandContext, 'stopping' | 'log' | 'health'>,
  attempt: () => Promise<T>,
): Promise<T> {
  const what = (error: unknown) =>
    (error instanceof TactusError ? SERVERS[error.code] : undefined) ?? 'a server';
  return untilItWorks(attempt, { what, signal, log, health });
}
