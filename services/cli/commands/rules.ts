import type { Command } from 'commander';
import { action } from '../action.js';

/** `tactus rules`. */
export function addRules(program: Command): void {
  const loadRules = () => import('../../alerting/rules/commands.js');
  const rules = program.command('rules').description('alert rules, before they are in force');
  rules
    .command('check <file>')
    .description('check a rules file; exit code 78 with the place of every mistake')
    .addHelpText('after', '\nExample:\n  npx tactus rules check rules.yaml')
    .action(action(async (file: string) => (await loadRules()).checkRules(file)));
  rules
    .command('test <rules> <tests>')
    .description('run the tests of a file against rules; exit code 1 if one fails')
    .addHelpText('after', '\nExample:\n  npx tactus rules test rules.yaml rules.test.yaml')
    .action(action(async (file: string, tests: string) => (await loadRules()).testRules(file, tests)));
  rules
    .command('backtest <file>')
    .description('say which alerts would have fired over the windows and anomalies in the database')
    .requiredOption('--from <time>', 'such as 2026-11-21T10:00:00Z')
    .requiredOption('--to <time>', 'the end, exclusive of what ended later')
    .addHelpText(
      'after',
      `\nExample, against \`tactus up\`:\n  set -a; . .tactus/env; npx tactus rules backtest rules.yaml --from 2026-11-21T10:00Z --to 2026-11-21T11:00Z`,
    )
    .action(
      action(async (file: string, options: { from: string; to: string }) =>
        (await loadRules()).backtestRules(file, options),
      ),
    );
}
