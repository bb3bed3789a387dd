import type { Command } from 'commander';
import { ALL_TENANTS, SCOPES, type Scope } from '../../../shared/ports/keys.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { running } from '../program/action.js';
import { duration, keyScopes, lifetime, shortText, tenantId } from '../program/arguments.js';
import { accessOf } from '../program/control-access.js';
import { help, jsonOption, timeoutOption } from '../program/options.js';
import { complain, say, sayJson } from '../program/output.js';
import type { ServerName } from '../program/servers.js';

const SERVERS: readonly ServerName[] = ['kafka', 'registry'];

const SECRET = 'TACTUS_KEYS_SECRET, or TACTUS_KEYS_SECRET_FILE, must be what the gateway has.';
const NONE = 'no key of that id is in force';

const load = () => import('../../../shared/control/keys.js');

/** `tactus keys`. */
export function addKeys(program: Command): void {
  const keys = program.command('keys').description('make, list, rotate and revoke API keys');
  addCreate(keys);
  addList(keys);
  addRotate(keys);
  addRevoke(keys);
}

function addCreate(keys: Command): void {
  const command = keys
    .command('create')
    .description('make a key and print it, once, alone on stdout')
    .requiredOption('--tenant <id>', `the tenant that it is for; ${ALL_TENANTS} is all`, tenantId)
    .requiredOption('--scopes <list>', `what it may be used for, of ${SCOPES.join(', ')}`, keyScopes)
    .option('--name <text>', 'for people, to know it by', shortText, '')
    .option(
      '--expires <duration>',
      'how long it is good for, such as 90d; default: until it is revoked',
      lifetime,
    )
    .action(
      running('keys create', SERVERS, async (context, options: CreateOptions) => {
        const { tenant, scopes, name, expires = null } = options;
        const { text, key } = await (await load()).createKey(await accessOf(context), {
          tenant,
          scopes,
          name,
          expires,
        });
        say(text);
        complain('keys create', `key ${key.id}: keep it now, it is stored nowhere and not shown again`);
        return EXIT.done;
      }),
    );
  help(timeoutOption(command), {
    details: `
The scope admin includes the others. Only a keyed hash is stored, in control.keys. A new key is known everywhere within
two seconds. ${SECRET}`,
    servers: true,
    examples: [
      'npx tactus keys create --tenant acme --scopes write:metrics,write:events --name prometheus --expires 90d',
      "npx tactus keys create --tenant '*' --scopes admin",
    ],
  });
}

interface CreateOptions {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly name: string;
  readonly expires?: number;
}

function addList(keys: Command): void {
  const command = keys
    .command('ls')
    .description('list keys, those that are expired or revoked included')
    .option('--tenant <id>', 'only those for this tenant', tenantId)
    .action(
      running(
        'keys ls',
        SERVERS,
        async (context, { json, tenant }: { readonly json: boolean; readonly tenant?: string }) => {
          const unreadable: { readonly id: string; readonly problem: string }[] = [];
          const all = await (await load()).listKeys(await accessOf(context), (id, problem) =>
            unreadable.push({ id, problem }),
          );
          const found = all.filter(({ key }) => tenant === undefined || key.tenantId === tenant);
          const { keyJson, keysText } = await import('../text/keys.js');
          if (json) sayJson({ keys: found.map(keyJson), unreadable });
          else for (const line of keysText(found)) say(line);
          for (const { id, problem } of unreadable)
            complain('keys ls', `left out: key ${JSON.stringify(id)}: ${problem}`);
          return EXIT.done;
        },
      ),
    );
  help(timeoutOption(jsonOption(command)), {
    details: `
State forged: the record was not written by who knows the secret of this installation, and is ignored everywhere.
${SECRET}`,
    servers: true,
    examples: [
      'npx tactus keys ls --tenant acme',
      `npx tactus keys ls --json | jq '.keys[] | select(.state == "in force")'`,
    ],
  });
}

function addRotate(keys: Command): void {
  const command = keys
    .command('rotate')
    .description('make a key in the place of another one and print it, once, alone on stdout')
    .argument('<id>', 'of the old one, as `keys ls` shows it')
    .option('--grace <duration>', 'how long the old one stays good; default: it is revoked at once', duration)
    .action(
      running(
        'keys rotate',
        SERVERS,
        async (context, id: string, { grace = 0 }: { readonly grace?: number }) => {
          const made = await (await load()).rotateKey(await accessOf(context), id, grace);
          if (made === null) return noKey('keys rotate', id);
          say(made.text);
          complain(
            'keys rotate',
            `key ${made.key.id} in the place of ${id}: keep it now, it is not shown again`,
          );
          return EXIT.done;
        },
      ),
    );
  help(timeoutOption(command), {
    details: `
The new key has the tenant, the scopes and the name of the old one, and is good for as long, counted from now.
${SECRET}`,
    found: NONE,
    servers: true,
    examples: ['npx tactus keys rotate k7cwq2yn4m5x --grace 1h'],
  });
}

function addRevoke(keys: Command): void {
  const command = keys
    .command('revoke')
    .description('revoke a key for good')
    .argument('<id>', 'as `keys ls` shows it; the twelve characters behind tactus_')
    .action(running('keys revoke', SERVERS, revoke));
  help(timeoutOption(command), {
    details: `It is refused everywhere within two seconds. ${SECRET}`,
    found: NONE,
    servers: true,
    examples: ['npx tactus keys revoke k7cwq2yn4m5x'],
  });
}

async function revoke(context: CommandContext, id: string): Promise<number> {
  if ((await (await load()).revokeKey(await accessOf(context), id)) === null) return noKey('keys revoke', id);
  say(`key ${id} is revoked`);
  return EXIT.done;
}

function noKey(command: string, id: string): number {
  complain(command, `no key "${id}" is in force: \`tactus keys ls\` lists them`);
  return EXIT.found;
}
