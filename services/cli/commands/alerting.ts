import type { Command } from 'commander';

const CLUSTER = '\nExample, against `tactus up`:\n  set -a; . .tactus/env; npx tactus';

/** Adds the commands about alerts to the command line; a command's exit code is handed to `exit`. */
export function addAlertCommands(program: Command, exit: (code: number) => void): void {
  const load = () => import('../../alerting/alerts/commands.js');
  const alerts = program.command('alerts').description('alerts, and what people decide about them');
  alerts
    .command('ls')
    .description('list alerts that are pending or firing, and the silences')
    .addHelpText('after', `${CLUSTER} alerts ls`)
    .action(async () => exit(await (await load()).listAlerts()));
  alerts
    .command('silence <matcher...>')
    .description('tell nobody of the alerts that all matchers fit, for a while')
    .requiredOption('--for <duration>', 'such as 30m or 2h')
    .option('--comment <text>', 'why')
    .option('--by <name>', 'who; default: the user of this shell')
    .addHelpText('after', `${CLUSTER} alerts silence 'alertname="HostCpuHigh"' 'host=~"web-.*"' --for 2h`)
    .action(async (matchers: string[], options: { for: string; comment?: string; by?: string }) =>
      exit(await (await load()).silence(matchers, options)),
    );
  alerts
    .command('unsilence <id>')
    .description('end a silence')
    .addHelpText('after', `${CLUSTER} alerts unsilence 1f0c2d3e`)
    .action(async (id: string) => exit(await (await load()).unsilence(id)));
  alerts
    .command('ack <fingerprint>')
    .description(
      'say that somebody looks after an alert: it is neither repeated nor escalated until it is over',
    )
    .option('--comment <text>', 'what is being done')
    .option('--by <name>', 'who; default: the user of this shell')
    .addHelpText('after', `${CLUSTER} alerts ack b1273fa0191d0cbd`)
    .action(async (fingerprint: string, options: { comment?: string; by?: string }) =>
      exit(await (await load()).acknowledge(fingerprint, options)),
    );

  const loadRules = () => import('../../alerting/rules/commands.js');
  const rules = program.command('rules').description('alert rules, before they are in force');
  rules
    .command('check <file>')
    .description('check a rules file; exit code 78 with the place of every mistake')
    .addHelpText('after', '\nExample:\n  npx tactus rules check rules.yaml')
    .action(async (file: string) => exit(await (await loadRules()).checkRules(file)));
  rules
    .command('test <rules> <tests>')
    .description('run the tests of a file against rules; exit code 1 if one fails')
    .addHelpText('after', '\nExample:\n  npx tactus rules test rules.yaml rules.test.yaml')
    .action(async (file: string, tests: string) => exit(await (await loadRules()).testRules(file, tests)));
  rules
    .command('backtest <file>')
    .description('say which alerts would have fired over the windows and anomalies in the database')
    .requiredOption('--from <time>', 'such as 2026-11-21T10:00:00Z')
    .requiredOption('--to <time>', 'the end, exclusive of what ended later')
    .addHelpText(
      'after',
      `${CLUSTER} rules backtest rules.yaml --from 2026-11-21T10:00Z --to 2026-11-21T11:00Z`,
    )
    .action(async (file: string, options: { from: string; to: string }) =>
      exit(await (await loadRules()).backtestRules(file, options)),
    );
}
