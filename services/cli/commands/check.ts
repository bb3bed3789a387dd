import type { Command } from 'commander';
import { action } from '../action.js';

/** `tactus check`. */
export function addCheck(program: Command): void {
  program
    .command('check <file...>')
    .description('check configuration files of any kind, without a server')
    .option('--json', 'one JSON object per file: file, kind, mistakes', false)
    .addHelpText(
      'after',
      `
Takes files of window definitions, alert rules and their tests, detection, notifications, tenants, topics and
TACTUS_CONFIG_FILE; the kind shows in the keys. Each mistake is a line with file, line, column, key, value and
what is allowed. Secrets that a file refers to are neither read nor needed.

Exit codes: 0 without a mistake, 1 with one, 2 for wrong usage.

Example:
  tactus check windows.yaml rules.yaml`,
    )
    .action(
      action(async (files: string[], options: { json: boolean }) =>
        (await import('../check-files.js')).checkFiles(files, options),
      ),
    );
}
