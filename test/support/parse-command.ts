import type { Command } from 'commander';
import { commandLine } from '../../services/cli/command-line.js';

/**
 * Parses arguments of `tactus` as the program does, and runs nothing.
 *
 * @returns the command as it is typed, without arguments and options
 * @throws Error with commander's message when they are not what the command takes
 */
export function parseCommand(args: readonly string[]): string {
  let parsed = '';
  const disarm = (command: Command, path: readonly string[]): void => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    for (const one of command.commands) disarm(one, [...path, one.name()]);
    if (command.commands.length === 0)
      command.action(() => {
        parsed = path.join(' ');
      });
  };
  const program = commandLine();
  disarm(program, []);
  program.parse([...args], { from: 'user' });
  return parsed;
}
