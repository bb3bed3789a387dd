import type { Command } from 'commander';
import { commandLine } from '../command-line.js';
import { code, page, table } from './markdown.js';

/** Columns of the help texts, whatever the terminal of who generates the page. */
const WIDTH = 110;

/** A command that does something, rather than a group of commands. */
export interface CommandEntry {
  /** As it is typed, without `tactus`. */
  readonly name: string;
  readonly command: Command;
  /** What `--help` prints. */
  readonly help: string;
}

/** All commands, in the order in which `--help` lists them. */
export function commandEntries(program = commandLine()): CommandEntry[] {
  const leaves = (command: Command, path: readonly string[]): CommandEntry[] =>
    command.commands.length === 0
      ? [{ name: path.join(' '), command, help: helpOf(command) }]
      : command.commands.flatMap((one) => leaves(one, [...path, one.name()]));
  return leaves(program, []);
}

function helpOf(command: Command): string {
  let text = '';
  command
    .configureOutput({
      getOutHelpWidth: () => WIDTH,
      getOutHasColors: () => false,
      writeOut: (part) => {
        text += part;
      },
    })
    .outputHelp();
  return text.trim();
}

/** The command line: what each command does, its options, exit codes and examples. */
export function commandsPage(): string {
  const entries = commandEntries();
  const title = (name: string) => `tactus ${name}`;
  const anchor = (name: string) => `#${title(name).replaceAll(' ', '-')}`;
  return page(
    'The command line',
    'In this repository `npx tactus COMMAND`. The texts below are those of `tactus COMMAND --help`.',
    [
      table(
        ['command', 'does'],
        entries.map(({ name, command }) => [`[${code(name)}](${anchor(name)})`, command.description()]),
      ),
      ...entries.map(({ name, help }) => `## ${title(name)}\n\n\`\`\`text\n${help}\n\`\`\``),
    ],
  );
}
