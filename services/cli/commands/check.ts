import type { Command } from 'commander';
import { action } from '../program/action.js';
import { help } from '../program/options.js';

/** `tactus check`. */
export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('check configuration files of any kind, without a server')
    .argument('<file...>', 'any number of files, also of different kinds')
    .option('--json', 'print one JSON object per file: file, kind, mistakes', false)
    .action(
      action(async (files: string[], options: { json: boolean }) =>
        (await import('../program/check-files.js')).checkFiles(files, options),
      ),
    );
  help(command, {
    details: `
Takes files of window definitions, alert rules and their tests, detection, notifications, tenants, mappings of events,
topics and TACTUS_CONFIG_FILE; the kind shows in the keys. Each mistake is a line with file, line, column, key, value and
what is allowed. Secrets that a file refers to are neither read nor needed.`,
    found: 'a file has a mistake',
    examples: ['tactus check windows.yaml rules.yaml'],
  });
}
