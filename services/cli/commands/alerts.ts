import type { Command } from 'commander';
import { type Matcher, selectsAll } from '../../../shared/alerting/matcher.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import type { Decision } from '../../alerting/commands/alerts.js';
import { running } from '../program/action.js';
import { alertMatchers, lifetime, oneTenant } from '../program/arguments.js';
import { help, jsonOption, timeoutOption } from '../program/options.js';
import { complain, say, sayJson } from '../program/output.js';
import type { ServerName } from '../program/servers.js';

const SERVERS: readonly ServerName[] = ['kafka', 'registry'];

/** What a silence without matchers is written with. */
const EVERY_ALERT = 'alertname=~".*"';
const ABOUT_ALL =
  'no matcher selects certain alerts: about all would be silenced. Add one such as alertname="HostCpuHigh", or --all if that is meant';

interface ListOptions {
  readonly json: boolean;
  readonly tenant?: string;
}

type SilenceOptions = Decision & { readonly for: number; readonly all?: boolean };

const load = () => import('../../alerting/commands/alerts.js');
const text = () => import('../text/alerts.js');

/** `tactus alerts`. */
export function addAlerts(program: Command): void {
  const alerts = program.command('alerts').description('list, silence and acknowledge alerts');
  addList(alerts);
  addSilences(alerts);
  addAcknowledgement(alerts);
}

function addList(alerts: Command): void {
  const command = alerts
    .command('ls')
    .description('list alerts that are pending or firing, and the silences in force')
    .option('--tenant <id>', 'only alerts of this tenant, and silences that are about them', oneTenant)
    .action(
      running('alerts ls', SERVERS, async (context, { json, tenant }: ListOptions) => {
        const found = await (await load()).listAlerts(context, tenant);
        const { alertJson, alertLine, silenceJson, silenceLine } = await text();
        if (json) {
          const listed = found.alerts.map(({ alert, ...notes }) => ({ ...alertJson(alert), ...notes }));
          sayJson({ alerts: listed, silences: found.silences.map(silenceJson), remarks: found.remarks });
          return EXIT.done;
        }
        for (const alert of found.alerts) say(alertLine(alert));
        if (found.alerts.length === 0) say('no alert is pending or firing');
        for (const silence of found.silences) say(silenceLine(silence));
        for (const remark of found.remarks) say(remark);
        return EXIT.done;
      }),
    );
  help(timeoutOption(jsonOption(command)), {
    servers: true,
    examples: ['npx tactus alerts ls', "npx tactus alerts ls --json | jq '.alerts[].fingerprint'"],
  });
}

function addSilences(alerts: Command): void {
  const silence = alerts
    .command('silence')
    .description('suppress notifications of alerts that all matchers fit, for a while; prints the id')
    .argument('[matcher...]', 'such as severity="critical", team!="web" or host=~"web-.*"', alertMatchers, [])
    .option('--all', 'needed where the matchers select about all alerts, as host=~".*" and team!="web" do')
    .requiredOption('--for <duration>', 'such as 30m or 2h', lifetime)
    .option('--tenant <id>', 'only alerts of this tenant; default: of all', oneTenant)
    .option('--comment <text>', 'why')
    .option('--by <name>', 'who; default: the user of this shell')
    .hook('preAction', (_, called) => {
      const matchers = called.processedArgs[0] as readonly Matcher[];
      if (selectsAll(matchers) && called.opts<SilenceOptions>().all !== true)
        silence.error(`error: ${ABOUT_ALL}`);
    })
    .action(
      running(
        'alerts silence',
        SERVERS,
        async (context, matchers: readonly Matcher[], options: SilenceOptions) => {
          const { for: forMs, all: _, ...decision } = options;
          const chosen = matchers.length === 0 ? alertMatchers(EVERY_ALERT) : matchers;
          const { id, endsAt } = await (await load()).silence(context, chosen, { ...decision, forMs });
          say(`silence ${id} until ${isoTime(endsAt)}`);
          return EXIT.done;
        },
      ),
    );
  help(timeoutOption(silence), {
    servers: true,
    examples: [
      `npx tactus alerts silence 'alertname="HostCpuHigh"' 'host=~"web-.*"' --for 2h`,
      'npx tactus alerts silence --all --tenant acme --for 30m --comment move',
    ],
  });

  const unsilence = alerts
    .command('unsilence')
    .description('end a silence')
    .argument('<id>', 'as `alerts ls` shows it')
    .action(
      running('alerts unsilence', SERVERS, async (context, id: string) => {
        if (await (await load()).unsilence(context, id)) {
          say(`silence ${id} is over`);
          return EXIT.done;
        }
        complain('alerts unsilence', `no silence "${id}" is in force: \`tactus alerts ls\` lists them`);
        return EXIT.found;
      }),
    );
  help(timeoutOption(unsilence), {
    found: 'no such silence is in force',
    servers: true,
    examples: ['npx tactus alerts unsilence 1f0c2d3e'],
  });
}

function addAcknowledgement(alerts: Command): void {
  const command = alerts
    .command('ack')
    .description(
      'acknowledge an alert: somebody works on it, so it is neither repeated nor escalated until it is resolved',
    )
    .argument('<fingerprint>', 'as `alerts ls` shows it')
    .option('--tenant <id>', 'only if it is an alert of this tenant', oneTenant)
    .option('--comment <text>', 'what is being done')
    .option('--by <name>', 'who; default: the user of this shell')
    .action(
      running('alerts ack', SERVERS, async (context, fingerprint: string, decision: Decision) => {
        const alert = await (await load()).acknowledge(context, fingerprint, decision);
        if (alert !== null) {
          say(`acknowledged: ${(await text()).alertLine({ alert, acknowledged: false, silenced: false })}`);
          return EXIT.done;
        }
        const whose = decision.tenant === undefined ? '' : ` of ${decision.tenant}`;
        const which = `no alert "${fingerprint}"${whose} is pending or firing`;
        complain('alerts ack', `${which}: \`tactus alerts ls\` lists them`);
        return EXIT.found;
      }),
    );
  help(timeoutOption(command), {
    found: 'no such alert is pending or firing',
    servers: true,
    examples: ['npx tactus alerts ack b1273fa0191d0cbd --comment looking'],
  });
}
