import './program/first-process.js';
import { commandLine } from './command-line.js';
import { runCommandLine } from './program/run-command-line.js';

/* The command `tactus`. */
process.exitCode = await runCommandLine(commandLine());
// What a client of a server has left open does not keep the process.
process.exit();
