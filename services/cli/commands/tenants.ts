import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { running } from '../program/action.js';
import { tenantId } from '../program/arguments.js';
import { accessOf } from '../program/control-access.js';
import { help, jsonOption, timeoutOption } from '../program/options.js';
import { complain, say, sayJson } from '../program/output.js';
import type { ServerName } from '../program/servers.js';

const SERVERS: readonly ServerName[] = ['kafka', 'registry'];

const READ_ONLY = 'A tenant of TENANTS_FILE is changed in that file only.';

const load = () => import('../../../shared/control/tenants.js');
const text = () => import('../text/tenants.js');

/** `tactus tenants`. */
export function addTenants(program: Command): void {
  const tenants = program
    .command('tenants')
    .description('list, show, write and remove the profiles of tenants');
  const list = tenants
    .command('ls')
    .description('list tenants and what is set for them')
    .action(
      running('tenants ls', SERVERS, async (context, { json }: { readonly json: boolean }) => {
        const found = await (await load()).listTenants(await accessOf(context));
        const { tenantJson, tenantsText } = await text();
        if (json) sayJson({ tenants: found.map(tenantJson) });
        else for (const line of tenantsText(found)) say(line);
        return EXIT.done;
      }),
    );
  help(timeoutOption(jsonOption(list)), { servers: true, examples: ['npx tactus tenants ls'] });

  const show = tenants
    .command('show')
    .description('print what is set for one tenant, as JSON')
    .argument('<id>', 'of the tenant; * for what is set for all', tenantId)
    .action(
      running('tenants show', SERVERS, async (context, id: string) => {
        const found = (await (await load()).listTenants(await accessOf(context))).find(
          (one) => one.id === id,
        );
        if (found === undefined) return noTenant('tenants show', id);
        sayJson((await text()).tenantJson(found));
        return EXIT.done;
      }),
    );
  help(timeoutOption(show), {
    found: 'there is no such tenant',
    servers: true,
    examples: ['npx tactus tenants show acme'],
  });

  const apply = tenants
    .command('apply')
    .description('write the tenants of a file to control.tenants; safe to repeat, and others stay')
    .argument('<file>', 'YAML, with the keys of TENANTS_FILE; `tactus check` checks it')
    .action(
      running('tenants apply', SERVERS, async (context, path: string) => {
        const changed = await (await load()).applyTenants(await accessOf(context), path);
        for (const id of changed) say(`${id}: written`);
        if (changed.length === 0) say('nothing to change');
        return EXIT.done;
      }),
    );
  help(timeoutOption(apply), {
    details: `All that a profile sets is replaced by what the file sets. It is in force everywhere within two seconds. ${READ_ONLY}`,
    servers: true,
    examples: ['npx tactus tenants apply tenants.yaml'],
  });

  addRemove(tenants);
}

function addRemove(tenants: Command): void {
  const command = tenants
    .command('rm')
    .description('remove a tenant: its profile, keys, rules and silences')
    .argument('<id>', 'of the tenant', tenantId)
    .option('--yes', 'do not ask', false)
    .action(running('tenants rm', SERVERS, remove));
  help(timeoutOption(command), {
    details: `
Says what goes with it, and asks. Its keys are revoked, and rules of control.rules are removed whose tenant it is alone;
silences that are about its alerts alone end.
Data stay as long as the retention of the tenant * says. With TACTUS_UNKNOWN_TENANTS=reject nothing more is taken of it,
else it may send on as a tenant without profile. TACTUS_KEYS_SECRET must be what the gateway has. ${READ_ONLY}`,
    found: 'there is no such tenant, or the answer was no',
    servers: true,
    examples: ['npx tactus tenants rm acme --yes'],
  });
}

async function remove(
  context: CommandContext,
  id: string,
  { yes }: { readonly yes: boolean },
): Promise<number> {
  const { planRemoval, removeTenant } = await load();
  const access = await accessOf(context);
  const removal = await planRemoval(access, id);
  if (removal === null) return noTenant('tenants rm', id);
  for (const line of (await text()).removalText(removal)) say(line);
  if (!yes && !(await agreed(context))) {
    complain('tenants rm', 'nothing was changed: answer yes, or give --yes');
    return EXIT.found;
  }
  await removeTenant(access, removal);
  say(`tenant ${id} is removed`);
  return EXIT.done;
}

/** Asks on the terminal; whoever is not at one has not agreed. */
async function agreed({ stopping: signal }: CommandContext): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Do it? (yes/no) ', { signal })).trim());
  } finally {
    terminal.close();
  }
}

function noTenant(command: string, id: string): number {
  complain(command, `there is no tenant "${id}": \`tactus tenants ls\` lists them`);
  return EXIT.found;
}
