import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { type Matcher, selectsAll } from '../../../shared/alerting/matcher.js';
import type { Decision, SilenceTime } from '../../../shared/control/alert-controls.js';
import { systemClock } from '../../../shared/core/clock.js';
import { counted } from '../../../shared/files/file-kind.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { running } from '../program/action.js';
import { alertMatchers, lifetime, oneTenant, startTime } from '../program/arguments.js';
import { accessOf } from '../program/control-access.js';
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

interface SilenceOptions extends Decision {
  readonly for: number;
  readonly from?: number;
  readonly all?: boolean;
  readonly preview: boolean;
}

const load = () => import('../../alerting/commands/alerts.js');
const text = () => import('../text/alerts.js');

/** `tactus alerts`. */
export function addAlerts(program: Command): void {
  const alerts = program.command('alerts').description('list, silence and acknowledge alerts');
  addList(alerts);
  addSilences(alerts);
  addAcknowledgement(alerts);
  addTest(alerts);
}

function addList(alerts: Command): void {
  const command = alerts
    .command('ls')
    .description('list alerts that are pending or firing, and the silences in force')
    .option('--tenant <id>', 'only alerts of this tenant, and silences that are about them', oneTenant)
    .action(
      running('alerts ls', SERVERS, async (context, { json, tenant }: ListOptions) => {
        const found = await (await load()).listAlerts(await accessOf(context), tenant);
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
    .option(
      '--from <time>',
      'when it starts: such as 2026-11-21T22:00:00Z, or 2h for in two hours; default: now',
      startTime,
    )
    .option('--preview', 'change nothing: list the alerts of this moment that it would hide', false)
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
          const { for: forMs, from: startsAt, all: _, preview, ...decision } = options;
          const chosen = matchers.length === 0 ? alertMatchers(EVERY_ALERT) : matchers;
          const time: SilenceTime = startsAt === undefined ? { forMs } : { forMs, startsAt };
          const access = await accessOf(context);
          const { plannedSilence, silence, tooLong } = await import(
            '../../../shared/control/alert-controls.js'
          );
          const planned = plannedSilence(access, chosen, { ...decision, ...time });
          const { alertLine, silenceTime } = await text();
          const problem = tooLong(access, planned, access.clock.now());
          if (problem !== null) {
            complain('alerts silence', problem);
            return EXIT.usage;
          }
          if (preview) {
            const hidden = await (await load()).previewSilence(access, chosen, planned);
            for (const alert of hidden) say(alertLine({ alert, acknowledged: false, silenced: false }));
            say(`${counted(hidden.length, 'alert')} would be hidden ${silenceTime(planned)}`);
          } else {
            await silence(access, planned);
            say(`silence ${planned.id} ${silenceTime(planned)}`);
          }
          return EXIT.done;
        },
      ),
    );
  help(timeoutOption(silence), {
    servers: true,
    examples: [
      `npx tactus alerts silence 'alertname="HostCpuHigh"' 'host=~"web-.*"' --for 2h`,
      'npx tactus alerts silence --all --tenant acme --for 30m --comment move',
      `npx tactus alerts silence 'host="web-1"' --from 2h --for 1h --preview`,
    ],
  });

  addChange(alerts);

  const end = alerts
    .command('unsilence')
    .description('end a silence')
    .argument('<id>', 'as `alerts ls` shows it')
    .action(
      running('alerts unsilence', SERVERS, async (context, id: string) => {
        const { unsilence } = await import('../../../shared/control/alert-controls.js');
        if (await unsilence(await accessOf(context), id)) {
          say(`silence ${id} is over`);
          return EXIT.done;
        }
        complain('alerts unsilence', `no silence "${id}" is in force: \`tactus alerts ls\` lists them`);
        return EXIT.found;
      }),
    );
  help(timeoutOption(end), {
    found: 'no such silence is in force',
    servers: true,
    examples: ['npx tactus alerts unsilence 1f0c2d3e'],
  });
}

function addTest(alerts: Command): void {
  const command = alerts
    .command('test')
    .description('send a test notification to a channel, and print what its provider answers')
    .requiredOption('--channel <name>', 'as the notifications file names it')
    .action(
      running('alerts test', [], async (context, options: { json: boolean; channel: string }) => {
        const { testChannel } = await import('../../alerting/commands/test-channel.js');
        const { channel: name, json } = options;
        const about = { name, by: userInfo().username, now: systemClock.now(), signal: context.stopping };
        const tested = await testChannel(context.config.alerting, process.env, about);
        if (!('outcome' in tested)) {
          const known = tested.length === 0 ? 'there are none' : `there are ${tested.join(', ')}`;
          complain('alerts test', `no channel "${name}" in TACTUS_NOTIFICATIONS_FILE: ${known}`);
          return EXIT.found;
        }
        const { outcome, reason, answer, type } = tested;
        if (json) sayJson({ channel: name, ...tested });
        else {
          say(`channel ${name} (${type}): ${outcome}${reason === null ? '' : `: ${reason}`}`);
          if (answer !== null) say(`it answered: ${answer}`);
        }
        return outcome === 'delivered' ? EXIT.done : EXIT.found;
      }),
    );
  help(jsonOption(command), {
    found: 'it was not delivered',
    examples: ['npx tactus alerts test --channel on-call'],
  });
}

interface ChangeOptions {
  readonly for?: number;
  readonly from?: number;
  readonly comment?: string;
  readonly by?: string;
  readonly all?: boolean;
}

function addChange(alerts: Command): void {
  const command = alerts
    .command('change-silence')
    .description('change a silence whose time is not over; what is not named stays as it is')
    .argument('<id>', 'as `alerts ls` shows it')
    .argument('[matcher...]', 'in place of all that it has', alertMatchers, [])
    .option('--all', 'needed where the matchers select about all alerts')
    .option('--for <duration>', 'from now, or from its start where that is to come', lifetime)
    .option('--from <time>', 'when it starts, to come', startTime)
    .option('--comment <text>', 'why')
    .option('--by <name>', 'who; default: the user of this shell')
    .hook('preAction', (_, called) => {
      const matchers = called.processedArgs[1] as readonly Matcher[];
      if (matchers.length > 0 && selectsAll(matchers) && called.opts<ChangeOptions>().all !== true)
        command.error(`error: ${ABOUT_ALL}`);
    })
    .action(
      running(
        'alerts change-silence',
        SERVERS,
        async (context, id: string, matchers: readonly Matcher[], options: ChangeOptions) => {
          const { changedSilence, changeSilence, silencesOf, tooLong } = await import(
            '../../../shared/control/alert-controls.js'
          );
          const { for: forMs, from: startsAt, all: _, ...decision } = options;
          const access = await accessOf(context);
          const before = (await silencesOf(access)).find((one) => one.id === id);
          if (before === undefined) {
            complain(
              'alerts change-silence',
              `no silence "${id}" is in force: \`tactus alerts ls\` lists them`,
            );
            return EXIT.found;
          }
          const planned = changedSilence(access, before, {
            ...decision,
            ...(matchers.length > 0 && { matchers }),
            ...(startsAt !== undefined && { startsAt }),
            ...(forMs !== undefined && { forMs }),
          });
          const problem = tooLong(access, planned, access.clock.now());
          if (problem !== null) {
            complain('alerts change-silence', problem);
            return EXIT.usage;
          }
          await changeSilence(access, planned);
          const { silenceLine } = await text();
          say(`was: ${silenceLine(before)}`);
          say(`is:  ${silenceLine(planned)}`);
          return EXIT.done;
        },
      ),
    );
  help(timeoutOption(command), {
    found: 'no such silence is in force',
    servers: true,
    examples: [
      'npx tactus alerts change-silence 1f0c2d3e --for 2h',
      `npx tactus alerts change-silence 1f0c2d3e 'host="web-2"'`,
    ],
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
        const alert = await (await load()).acknowledgeAlert(await accessOf(context), fingerprint, decision);
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
