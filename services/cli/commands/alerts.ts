import type { Command } from 'commander';
import { action } from '../action.js';

const CLUSTER = '\nExample, against `tactus up`:\n  set -a; . .tactus/env; npx tactus';

/** `tactus alerts`. */
export function addAlerts(program: Command): void {
  const load = () => import('../../alerting/alerts/commands.js');
  const alerts = program.command('alerts').description('alerts, and what people decide about them');
  alerts
    .command('ls')
    .description('list alerts that are pending or firing, and the silences')
    .addHelpText('after', `${CLUSTER} alerts ls`)
    .action(action(async () => (await load()).listAlerts()));
  alerts
    .command('silence <matcher...>')
    .description('tell nobody of the alerts that all matchers fit, for a while')
    .requiredOption('--for <duration>', 'such as 30m or 2h')
    .option('--comment <text>', 'why')
    .option('--by <name>', 'who; default: the user of this shell')
    .addHelpText('after', `${CLUSTER} alerts silence 'alertname="HostCpuHigh"' 'host=~"web-.*"' --for 2h`)
    .action(
      action(async (matchers: string[], options: { for: string; comment?: string; by?: string }) =>
        (await load()).silence(matchers, options),
      ),
    );
  alerts
    .command('unsilence <id>')
    .description('end a silence')
    .addHelpText('after', `${CLUSTER} alerts unsilence 1f0c2d3e`)
    .action(action(async (id: string) => (await load()).unsilence(id)));
  alerts
    .command('ack <fingerprint>')
    .description(
      'say that somebody looks after an alert: it is neither repeated nor escalated until it is over',
    )
    .option('--comment <text>', 'what is being done')
    .option('--by <name>', 'who; default: the user of this shell')
    .addHelpText('after', `${CLUSTER} alerts ack b1273fa0191d0cbd`)
    .action(
      action(async (fingerprint: string, options: { comment?: string; by?: string }) =>
        (await load()).acknowledge(fingerprint, options),
      ),
    );
}
