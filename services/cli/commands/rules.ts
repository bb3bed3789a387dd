import type { Command } from 'commander';
import type { Alert } from '../../../schemas/types.js';
import { systemClock } from '../../../shared/core/clock.js';
import { counted } from '../../../shared/files/file-kind.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import type { CheckOptions } from '../../alerting/commands/rules.js';
import { running } from '../program/action.js';
import { time } from '../program/arguments.js';
import { help, jsonOption, timeoutOption } from '../program/options.js';
import { say, sayJson } from '../program/output.js';

interface JsonOption {
  readonly json: boolean;
}

/** `tactus rules`. */
export function addRules(program: Command): void {
  const rules = program
    .command('rules')
    .description('check, test and backtest alert rules before they are in force');
  addCheck(rules);
  addTest(rules);
  addBacktest(rules);
}

function addCheck(rules: Command): void {
  const command = rules
    .command('check')
    .description('check a rules file and list its rules; exit code 78 with the place of every mistake')
    .argument('<file>')
    .option('--windows <file>', 'the window definitions that rules may name; default WINDOWS_FILE')
    .option('--seen', 'ask the database, and warn of metrics and tags that no window of the last day has')
    .action(
      running(
        'rules check',
        (_, { seen }: CheckOptions) => (seen ? ['database'] : []),
        async (context, file: string, { json, ...options }: CheckOptions & JsonOption) => {
          const { checkRules } = await import('../../alerting/commands/rules.js');
          const { rules, warnings } = await checkRules(context, file, options);
          const found = rules.map(({ rule: { name, on, severity, condition, record } }) => ({
            ...{ name, on, expr: condition.source },
            // A recording rule has none of the one, an alert rule none of the other.
            severity: record === null ? severity : null,
            record: record?.metric ?? null,
          }));
          if (json) sayJson({ rules: found, warnings });
          else {
            for (const { name, on, severity, record, expr } of found)
              say(`${name} (${record === null ? `${on}, ${severity}` : `records ${record}`}): ${expr}`);
            for (const warning of warnings) say(`warning: ${warning}`);
            say(`${file}: ${counted(found.length, 'rule')}, no mistake`);
          }
          return EXIT.done;
        },
      ),
    );
  help(timeoutOption(jsonOption(command)), {
    servers: true,
    examples: ['npx tactus rules check rules.yaml', 'npx tactus rules check rules.yaml --seen'],
  });
}

function addTest(rules: Command): void {
  const command = rules
    .command('test')
    .description('run the tests of a file against rules')
    .argument('<rules>', 'file with rules')
    .argument('<tests>', 'file with tests')
    .action(
      running('rules test', [], async (context, file: string, tests: string, { json }: JsonOption) => {
        const { testRules } = await import('../../alerting/commands/rules.js');
        const results = testRules(context, file, tests);
        const failed = results.filter(({ problems }) => problems.length > 0).length;
        if (json) sayJson({ passed: results.length - failed, failed, tests: results });
        else {
          for (const { name, problems } of results) {
            say(`${problems.length === 0 ? 'ok' : 'FAILED'}  ${name}`);
            for (const problem of problems) say(`    ${problem}`);
          }
          say(`${results.length - failed} passed, ${failed} failed`);
        }
        return failed === 0 ? EXIT.done : EXIT.found;
      }),
    );
  help(jsonOption(command), {
    found: 'a test fails',
    examples: ['npx tactus rules test rules.yaml rules.test.yaml'],
  });
}

interface BacktestOptions extends JsonOption {
  readonly from: number;
  readonly to?: number;
}

function addBacktest(rules: Command): void {
  const command = rules
    .command('backtest')
    .description('show which alerts would have fired over the windows and anomalies in the database')
    .argument('<file>', 'file with rules')
    .requiredOption('--from <time>', 'such as 2026-11-21T10:00:00Z, or 20m for so long ago', time)
    .option('--to <time>', 'the end: what ended later is left out; default now', time)
    .action(
      running('rules backtest', ['database'], async (context, file: string, options: BacktestOptions) => {
        const { backtestRules } = await import('../../alerting/commands/rules.js');
        const { alertJson, changeLine } = await import('../text/alerts.js');
        const { from, to = systemClock.now() } = options;
        const changes: Alert[] = [];
        const changed = (alert: Alert) => (options.json ? changes.push(alert) : say(changeLine(alert)));
        const { windows, fired, recorded } = await backtestRules(context, file, { from, to }, changed);
        if (options.json) sayJson({ windows, fired, recorded, changes: changes.map(alertJson) });
        else {
          const values = recorded === 0 ? '' : `, ${recorded} values recorded`;
          say(`${windows} windows, ${fired} alerts would have fired${values}`);
        }
        return EXIT.done;
      }),
    );
  help(timeoutOption(jsonOption(command)), {
    servers: true,
    examples: [
      'npx tactus rules backtest rules.yaml --from 2026-11-21T10:00Z --to 2026-11-21T11:00Z',
      'npx tactus rules backtest rules.yaml --from 20m',
    ],
  });
}
