import type { Command } from 'commander';
import { attempt } from '../../../shared/core/errors.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { nameOf, PARTS } from '../../control/control-file.js';
import type { RecordChecks } from '../../control/import-plan.js';
import type { ImportOptions } from '../../control/transfer.js';
import { running } from '../program/action.js';
import { someOf } from '../program/arguments.js';
import { accessOf } from '../program/control-access.js';
import { help, timeoutOption } from '../program/options.js';
import { complain, say } from '../program/output.js';
import type { ServerName } from '../program/servers.js';

const SERVERS: readonly ServerName[] = ['kafka', 'registry'];

const load = () => import('../../control/transfer.js');

/** `tactus control`. */
export function addControl(program: Command): void {
  const control = program
    .command('control')
    .description(
      'copy tenants, keys, rules, silences and sensitivities to a file and back: their topics are the only copy',
    );
  addExport(control);
  addImport(control);
}

function addExport(control: Command): void {
  const command = control
    .command('export')
    .description('write tenants, keys, rules, silences and sensitivities to a file that only you may read')
    .argument('<file>', 'is replaced where it exists')
    .action(running('control export', SERVERS, exportTo));
  help(timeoutOption(command), {
    details: `
The file has the records of control.tenants, control.keys (hashes and MACs, never keys), control.rules, control.alerts
and control.sensitivities. With TACTUS_KEYS_SECRET keys are checked. Tenants of TENANTS_FILE are in that file, and are named.`,
    found:
      'a record that has no effect anywhere, such as a forged key, was left out and is named; the file is written',
    servers: true,
    examples: ['npx tactus control export control.json'],
  });
}

async function exportTo(context: CommandContext, path: string): Promise<number> {
  const name = 'control export';
  const { counts, leftOut, ofFile, keysChecked } = await (await load()).exportControl(
    await accessOf(context),
    path,
    await checks(),
  );
  say(`${path}: ${PARTS.map((part) => `${counts[part]} ${part}`).join(', ')}`);
  if (ofFile.length > 0) complain(name, `tenants of TENANTS_FILE, copy that file too: ${ofFile.join(', ')}`);
  if (!keysChecked && counts.keys > 0) complain(name, 'keys are not checked: TACTUS_KEYS_SECRET is not set');
  for (const one of leftOut) complain(name, `left out: ${one}`);
  return leftOut.length === 0 ? EXIT.done : EXIT.found;
}

function addImport(control: Command): void {
  const command = control
    .command('import')
    .description('write the tenants, keys, rules, silences and sensitivities of a file; safe to repeat')
    .argument('<file>', 'as `control export` has written it')
    .option('--dry-run', 'only say what would be written', false)
    .option('--replace', 'write also what is there already and not the same', false)
    .option('--only <parts>', `some of ${PARTS.join(', ')}, separated by commas`, someOf(PARTS), PARTS)
    .action(running('control import', SERVERS, importFrom));
  help(timeoutOption(command), {
    details: `
All of the file is checked before anything is written. What is there and not in the file stays. A record that is there
already and not the same refuses the whole file, unless --replace is given; a key that was revoked here stays revoked in
any case, and tenants of TENANTS_FILE are left out. Keys need the TACTUS_KEYS_SECRET of the installation that made them.`,
    found: 'a record is there already and not the same, and nothing was written',
    servers: true,
    examples: [
      'npx tactus control import control.json --dry-run',
      'npx tactus control import control.json --only tenants,rules,silences,sensitivities',
    ],
  });
}

async function importFrom(context: CommandContext, path: string, options: ImportOptions): Promise<number> {
  const name = 'control import';
  const outcome = await (await load()).importControl(await accessOf(context), path, await checks(), options);
  const { changes, counts, unchanged, conflicts, readOnly, revoked } = outcome;
  if (readOnly.length > 0)
    complain(name, `left out: in TENANTS_FILE, and read-only here: ${readOnly.join(', ')}`);
  for (const id of revoked) complain(name, `left out: key ${id} was revoked here, which is final`);
  if (conflicts.length > 0 && !options.replace) {
    for (const one of conflicts) complain(name, `${one} is there already, and not the same`);
    complain(name, 'nothing was written: give --replace to write these in the place of what is there');
    return EXIT.found;
  }
  if (options.dryRun) for (const { part, record } of changes) say(nameOf(part, record));
  const done = PARTS.map((part) => `${counts[part]} ${part}`).join(', ');
  say(`${options.dryRun ? 'would write' : 'written'}: ${done}; ${unchanged} there already, the same`);
  return EXIT.done;
}

/** What workers say of rules, silences and sensitivities. */
async function checks(): Promise<RecordChecks> {
  const [{ ruleOf }, { controlProblem }, { MetricSensitivities }] = await Promise.all([
    import('../../../shared/alerting/rules/rule-config.js'),
    import('../../../shared/alerting/controls.js'),
    import('../../../shared/detection/metric-sensitivities.js'),
  ]);
  return {
    rule(rule) {
      return rule.enabled ? attempt(() => ruleOf(rule)).problem : null;
    },
    silence: controlProblem,
    sensitivity: (one) => new MetricSensitivities().problem(one),
  };
}
