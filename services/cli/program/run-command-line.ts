import { type Command, CommanderError } from 'commander';
import { messageOf } from '../../../shared/core/errors.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { exitCodeOf, stackOf } from './failure.js';

/** Runs the command that this process was started with; the result is its exit code. */
export async function runCommandLine(program: Command): Promise<number> {
  try {
    await program.parseAsync();
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    // Commander has said what is wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    process.stderr.write(`tactus: ${messageOf(error)}${stackOf(error)}\n`);
    return exitCodeOf(error);
  }
}
