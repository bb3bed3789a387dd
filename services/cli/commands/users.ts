import { type Command, InvalidArgumentError } from 'commander';
import { ALL_TENANTS } from '../../../shared/ports/keys.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { isRole, ROLES, type Role } from '../../api/people/roles.js';
import { USER_NAME_ALLOWED, userName } from '../../api/people/user-name.js';
import { running } from '../program/action.js';
import { tenantId } from '../program/arguments.js';
import { help, jsonOption, timeoutOption } from '../program/options.js';
import { complain, say, sayJson } from '../program/output.js';
import { readPassword } from '../program/read-password.js';
import type { ServerName } from '../program/servers.js';
import { addLink } from './users-link.js';

const READS: readonly ServerName[] = ['database'];
const CHANGES: readonly ServerName[] = ['database', 'kafka', 'registry'];

const NONE = 'there is no such user';
const PASSWORD = `The password is read from stdin, or asked for twice on a terminal. It has at least 8 characters.`;

const people = async (context: CommandContext) =>
  new (await import('../../api/people/commands.js')).PeopleCommands(context);

/** The user that a command is about; null where there is none. */
async function known(context: CommandContext, name: string) {
  const commands = await people(context);
  return { commands, person: await commands.find(name) };
}

/** `tactus users`. */
export function addUsers(program: Command): void {
  const users = program.command('users').description('add, list and remove people who log in');
  addAdd(users);
  addList(users);
  addRemove(users);
  addPassword(users);
  addSecondFactor(users);
  addLink(users);
}

function addAdd(users: Command): void {
  const command = users
    .command('add')
    .description('add a user, whose password is read from stdin or a prompt')
    .argument('<name>', 'to log in by, in any case', nameOfUser)
    .requiredOption('--role <role>', `what the user may do: ${ROLES.join(', ')}`, role)
    .requiredOption('--tenant <id>', `where; ${ALL_TENANTS} is all tenants`, tenantId)
    .option('--existing', 'give the role to a user that there is, and read no password', false)
    .action(running('users add', CHANGES, add));
  help(timeoutOption(command), {
    details: `
An admin may do all, an operator read, acknowledge, silence, replay and change rules and dashboards, a viewer read.
${PASSWORD}
With --existing the role is added to those of the user, or takes the place of the one in that tenant. A password that the
admin of other tenants has set is void then, as it would be good in this tenant too; one that the user has chosen stays.`,
    found: 'the name is taken, or with --existing there is no such user',
    servers: true,
    examples: [
      'printf %s "$PASSWORD" | npx tactus users add ada --role admin --tenant acme',
      'npx tactus users add ada --role viewer --tenant globex --existing',
    ],
  });
}

interface AddOptions {
  readonly role: Role;
  readonly tenant: string;
  readonly existing: boolean;
}

async function add(context: CommandContext, name: string, options: AddOptions): Promise<number> {
  const { role, tenant, existing } = options;
  const { commands, person } = await known(context, name);
  if (existing) {
    if (person === null) return noUser('users add', name);
    const changed = await commands.setRole(person, tenant, role);
    say(`${person.name} ${changed ? 'is now' : 'was already'} ${role} of ${tenant}`);
    if (changed && person.passwordHash !== null && (await commands.find(name))?.passwordHash === null)
      say(
        `their password, which an admin of other tenants has set, is void: \`tactus users passwd ${person.name}\` sets one`,
      );
    return EXIT.done;
  }
  if (person !== null) return taken(person.name);
  const password = await newPassword('users add', name);
  if (password === null) return EXIT.usage;
  if (!(await commands.add({ name, role, tenant, password }))) return taken(name);
  say(`${name} is ${role} of ${tenant}`);
  return EXIT.done;
}

function taken(name: string): number {
  complain('users add', `there is a user "${name}" already: --existing gives that one the role`);
  return EXIT.found;
}

function addList(users: Command): void {
  const command = users
    .command('ls')
    .description('list users, their roles, and whether they have a second factor')
    .option('--tenant <id>', 'only those with a role in this tenant, or in all', tenantId)
    .action(
      running(
        'users ls',
        READS,
        async (context, { json, tenant }: { readonly json: boolean; readonly tenant?: string }) => {
          const found = await (await people(context)).list(tenant);
          const { userJson, usersText } = await import('../text/users.js');
          if (json) sayJson({ users: found.map(userJson) });
          else for (const line of usersText(found)) say(line);
          return EXIT.done;
        },
      ),
    );
  help(timeoutOption(jsonOption(command)), {
    servers: true,
    examples: [
      'npx tactus users ls --tenant acme',
      `npx tactus users ls --json | jq '.users[] | select(.secondFactor | not) | .name'`,
    ],
  });
}

function addRemove(users: Command): void {
  const command = users
    .command('rm')
    .description('remove a user, or the role in one tenant')
    .argument('<name>', 'of the user')
    .option('--tenant <id>', 'only the role in this tenant', tenantId)
    .action(running('users rm', CHANGES, remove));
  help(timeoutOption(command), {
    details:
      'What the user has open is closed within two seconds. A user without any role can log in and sees nothing.',
    found: 'there is no such user, or no role in that tenant',
    servers: true,
    examples: ['npx tactus users rm ada', 'npx tactus users rm ada --tenant globex'],
  });
}

async function remove(
  context: CommandContext,
  name: string,
  { tenant }: { readonly tenant?: string },
): Promise<number> {
  const { commands, person } = await known(context, name);
  if (person === null) return noUser('users rm', name);
  if (tenant === undefined) {
    await commands.remove(person);
    say(`user ${person.name} is removed`);
    return EXIT.done;
  }
  if (await commands.setRole(person, tenant, null)) {
    say(`${person.name} has no role in ${tenant} any more`);
    return EXIT.done;
  }
  complain('users rm', `"${person.name}" has no role in ${tenant}: \`tactus users ls\` lists roles`);
  return EXIT.found;
}

function addPassword(users: Command): void {
  const command = users
    .command('passwd')
    .description('set the password of a user, which is read from stdin or a prompt')
    .argument('<name>', 'of the user')
    .action(
      running('users passwd', CHANGES, async (context, name: string) => {
        const { commands, person } = await known(context, name);
        if (person === null) return noUser('users passwd', name);
        const password = await newPassword('users passwd', person.name);
        if (password === null) return EXIT.usage;
        await commands.setPassword(person, password);
        say(`the password of ${person.name} is set`);
        return EXIT.done;
      }),
    );
  help(timeoutOption(command), {
    details: `
${PASSWORD}
All logins of the user end within two seconds. A second factor stays.`,
    found: NONE,
    servers: true,
    examples: ['printf %s "$PASSWORD" | npx tactus users passwd ada'],
  });
}

function addSecondFactor(users: Command): void {
  const command = users
    .command('totp')
    .description('turn the second factor of a user on, and print what an app and its owner need, once')
    .argument('<name>', 'of the user')
    .option('--off', 'turn it off instead', false)
    .action(running('users totp', CHANGES, secondFactor));
  help(timeoutOption(jsonOption(command)), {
    details: `
Prints a secret for an app for one-time passwords (RFC 6238), the same as an otpauth: URI, and ten recovery codes, each
good for one login without the app. One that was on before is replaced. All logins of the user end within two seconds.
TACTUS_KEYS_SECRET, or TACTUS_KEYS_SECRET_FILE, must be what the API has.`,
    found: NONE,
    servers: true,
    examples: ['npx tactus users totp ada --json | jq -r .uri', 'npx tactus users totp ada --off'],
  });
}

async function secondFactor(
  context: CommandContext,
  name: string,
  { off, json }: { readonly off: boolean; readonly json: boolean },
): Promise<number> {
  const { commands, person } = await known(context, name);
  if (person === null) return noUser('users totp', name);
  if (off) {
    await commands.turnTotpOff(person);
    if (json) sayJson({ secondFactor: false });
    else say(`the second factor of ${person.name} is off`);
    return EXIT.done;
  }
  const { secret, uri, recoveryCodes } = await commands.turnTotpOn(person);
  if (json) sayJson({ secondFactor: true, secret, uri, recoveryCodes });
  else for (const line of [`secret ${secret}`, uri, 'recovery codes:', ...recoveryCodes]) say(line);
  complain('users totp', 'keep it now: it is not shown again');
  return EXIT.done;
}

/** Null where it is not allowed, which is said. */
async function newPassword(command: string, name: string): Promise<string | null> {
  const { isAllowedPassword, PASSWORD_ALLOWED } = await import('../../api/people/passwords.js');
  const password = await readPassword(`Password of ${name}`, true);
  if (password !== null && isAllowedPassword(password, name)) return password;
  complain(command, password === null ? 'the two passwords differ' : PASSWORD_ALLOWED);
  return null;
}

function noUser(command: string, name: string): number {
  complain(command, `no user "${name}": \`tactus users ls\` lists them`);
  return EXIT.found;
}

function nameOfUser(text: string): string {
  const name = userName(text);
  if (name === null) throw new InvalidArgumentError(`It must be ${USER_NAME_ALLOWED}.`);
  return name;
}

function role(text: string): Role {
  if (!isRole(text)) throw new InvalidArgumentError(`It must be one of ${ROLES.join(', ')}.`);
  return text;
}
