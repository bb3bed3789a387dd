import { messageOf, TactusError } from '../../shared/core/errors.js';
import { EXIT_CONFIG } from '../../shared/process/exit-codes.js';
import { commandLine } from './command-line.js';

/* The command `tactus`: runs the command line of this process to its end. */
try {
  await commandLine().parseAsync();
} catch (error) {
  process.stderr.write(`tactus: ${messageOf(error)}\n`);
  process.exitCode = error instanceof TactusError && error.code === 'TACTUS_CONFIG_INVALID' ? EXIT_CONFIG : 1;
  if (!(error instanceof TactusError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}
// What a client of a server has left open does not keep the process.
process.exit();
