import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { edgeUrl } from '../../up/edge-address.js';
import { running } from '../program/action.js';
import { help, timeoutOption } from '../program/options.js';
import { complain, say } from '../program/output.js';

interface LinkOptions {
  readonly admin: boolean;
  readonly print: boolean;
  readonly url?: string;
}

/** `tactus users link`. */
export function addLink(users: Command): void {
  const command = users
    .command('link')
    .description('print a link that logs a user in, once and within ten minutes')
    .argument('[name]', 'of the user')
    .option(
      '--admin',
      'for an admin of all tenants, in place of a name; where there is none, admin is added',
      false,
    )
    .addOption(
      new Option('--url <url>', 'where the API, or a proxy before it, is reached by a browser')
        .env('TACTUS_API_URL')
        .argParser(webUrl),
    )
    .option('--print', 'print it also where stdout is no terminal', false)
    .action(running('users link', ['database', 'kafka', 'registry'], link));
  help(timeoutOption(command), {
    details: `
The link stands for the password: who has it logs in. It is refused where stdout is no terminal, such as a file or a log,
unless --print is given. It is void once it was used, after ten minutes, with the next one for the same user, and with each change
of password, roles or second factor. A second factor is asked for still. The admin that --admin adds has no password:
\`tactus users passwd\` sets one. Without --url and TACTUS_API_URL the address is that of the configuration.`,
    found: 'there is no such user, or with --admin somebody else is named admin',
    servers: true,
    examples: ['npx tactus users link --admin', 'npx tactus users link ada --url https://tactus.example.com'],
  });
}

async function link(
  context: CommandContext,
  name: string | undefined,
  { admin, print, url }: LinkOptions,
): Promise<number> {
  const wrong = (line: string) => {
    complain('users link', line);
    return EXIT.usage;
  };
  if ((name === undefined) !== admin) return wrong('either the name of a user or --admin is needed');
  if (!process.stdout.isTTY && !print)
    return wrong('stdout is no terminal, and who has the link logs in: --print prints it nevertheless');
  const people = new (await import('../../api/people/commands.js')).PeopleCommands(context);
  const person = name === undefined ? await people.anyAdmin() : await people.find(name);
  if (person === null) {
    complain(
      'users link',
      name === undefined
        ? 'there is no admin of all tenants, and the user admin has another role: `tactus users add` adds one'
        : `no user "${name}": \`tactus users ls\` lists them`,
    );
    return EXIT.found;
  }
  const code = await people.makeLink(person);
  say(`${url ?? edgeUrl(context.config.api)}/#login=${code}`);
  complain('users link', `it logs ${person.name} in, once, within ten minutes`);
  return EXIT.done;
}

function webUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('It must be an address that begins with http:// or https://.');
  return url.origin;
}
