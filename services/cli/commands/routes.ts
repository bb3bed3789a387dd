import type { Command } from 'commander';
import { systemClock } from '../../../shared/core/clock.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import type { FoundRoute, TestedRoutes } from '../../alerting/commands/routes.js';
import { running } from '../program/action.js';
import { label, moment } from '../program/arguments.js';
import { help, jsonOption } from '../program/options.js';
import { complain, say, sayJson } from '../program/output.js';

interface TestOptions {
  readonly json: boolean;
  readonly label: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly at?: number;
}

/** `tactus routes`. */
export function addRoutes(program: Command): void {
  const routes = program.command('routes').description('try the routes of notifications');
  const command = routes
    .command('test')
    .description('show which routes, channels and times take an alert with some labels')
    .option('--label <name=value>', 'a label of the alert; as often as it has some', label, {})
    .option('--file <file>', 'file of channels and routes; default TACTUS_NOTIFICATIONS_FILE')
    .option('--at <time>', 'when it is to be notified, such as 2026-11-21T22:00:00Z; default: now', moment)
    .action(
      running('routes test', [], async ({ config }, options: TestOptions) => {
        const { json, label: labels, at = systemClock.now() } = options;
        const { file = config.alerting.notificationsFile } = options;
        if (file === '') {
          complain(
            'routes test',
            'there is no file of routes: name one with --file, or in TACTUS_NOTIFICATIONS_FILE',
          );
          return EXIT.usage;
        }
        const { testRoutes } = await import('../../alerting/commands/routes.js');
        const found = testRoutes(file, labels, at);
        if (json) sayJson(found);
        else for (const line of linesOf(found)) say(line);
        return EXIT.done;
      }),
    );
  help(jsonOption(command), {
    examples: [
      'npx tactus routes test --file notifications.yaml --label severity=critical --label tenant=acme',
      'npx tactus routes test --label alertname=HostCpuHigh --at 2026-11-21T22:00:00Z',
    ],
  });
}

function linesOf({ routes, inhibitedBy }: TestedRoutes): string[] {
  return [
    ...routes.flatMap(linesOfRoute),
    ...inhibitedBy.map(
      ({ source, equal, unless }) =>
        `inhibited while an alert with ${source.join(' ')}${unless === undefined ? '' : `, and not with ${unless.join(' ')},`} fires whose ${equal.join(', ')} are the same`,
    ),
  ];
}

function linesOfRoute(found: FoundRoute): string[] {
  const { route, group, groupWait, groupInterval, repeatInterval, channels, muted } = found;
  const { muteTimeIntervals, activeTimeIntervals } = found;
  const times = [
    ...(muteTimeIntervals.length === 0 ? [] : [`not during ${muteTimeIntervals.join(', ')}`]),
    ...(activeTimeIntervals.length === 0 ? [] : [`only during ${activeTimeIntervals.join(', ')}`]),
  ];
  return [
    `route ${route}`,
    `  group ${group}: after ${groupWait}, then every ${groupInterval}, again after ${repeatInterval}`,
    ...channels.map(
      ({ name, type, after }) =>
        `  channel ${name} (${type})${after === null ? '' : ` after ${after}, unless somebody acknowledges it`}`,
    ),
    ...(times.length === 0 ? [] : [`  ${times.join('; ')}: ${muted ? 'muted' : 'notified'} at that time`]),
  ];
}
