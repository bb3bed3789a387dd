import { Argument, type Command } from 'commander';
import type { PrincipalAcl } from '../../../shared/adapters/kafka/admin/acls-admin.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { action, running } from '../program/action.js';
import { help, jsonOption, timeoutOption } from '../program/options.js';
import { say, sayJson } from '../program/output.js';
import { WORKERS } from '../program/workers.js';

interface Options {
  readonly json: boolean;
  readonly principal?: string;
}

const DETAILS = `
Each worker is a principal of its own, by default User:WORKER; the user of SASL, or what the broker makes of a
certificate. It needs no more than this where \`tactus topics apply\` has created the topics. TOPIC_PREFIX counts.`;

/** `tactus acls`: what the principals of workers are allowed. */
export function addAcls(program: Command): void {
  const acls = program.command('acls').description('show and create what workers are allowed in Kafka');

  const list = argumentsOf(acls.command('list'))
    .description('print the ACLs that workers need; asks no server')
    .action(
      action(async (worker: string | undefined, options: Options) => {
        const { loadConfig } = await import('../../../shared/config/load.js');
        const { topicPrefix } = loadConfig().kafka;
        const found = await wanted(worker, options, topicPrefix);
        if (options.json) sayJson({ acls: found });
        else for (const acl of found) say(inWords(acl));
        return EXIT.done;
      }),
    );
  help(jsonOption(list), {
    details: DETAILS,
    examples: [
      'tactus acls list',
      'tactus acls list ingest --principal User:CN=ingest',
      'tactus acls list --json',
    ],
  });

  const apply = argumentsOf(acls.command('apply'))
    .description('create the ACLs that are missing; takes none away, safe to repeat')
    .action(
      running('acls apply', ['kafka'], async (context, worker: string | undefined, options: Options) => {
        const { applyAcls } = await import('../../../shared/adapters/kafka/admin/acls-admin.js');
        const { topicPrefix } = context.config.kafka;
        const added = await applyAcls(context, await wanted(worker, options, topicPrefix));
        if (options.json) sayJson({ added });
        else {
          for (const acl of added) say(`+ ${inWords(acl)}`);
          say(added.length === 0 ? 'acls: as needed' : `acls: ${added.length} added`);
        }
        return EXIT.done;
      }),
    );
  help(timeoutOption(jsonOption(apply)), {
    details: `${DETAILS}\nRun it as a principal that may alter the cluster.`,
    servers: true,
    examples: ['npx tactus acls apply', 'npx tactus acls apply windowing'],
  });
}

function argumentsOf(command: Command): Command {
  const names = WORKERS.map(({ name }) => name);
  return command
    .addArgument(new Argument('[worker]', 'only for this worker').choices(names))
    .option(
      '--principal <principal>',
      'whom to allow it, as Kafka writes it; default: User: and the name of the worker',
    );
}

async function wanted(
  worker: string | undefined,
  { principal }: Options,
  prefix: string,
): Promise<PrincipalAcl[]> {
  const { aclsOf } = await import('../../../shared/catalog/acls.js');
  const names = worker === undefined ? WORKERS.map(({ name }) => name) : [worker];
  const all = names.flatMap((name) =>
    aclsOf(name).map((acl) => ({
      principal: principal ?? `User:${name}`,
      ...acl,
      name: prefix + acl.name,
    })),
  );
  // With one principal for several workers, what they share is needed once.
  return [...new Map(all.map((acl) => [JSON.stringify(acl), acl])).values()];
}

/** In the form of the options of kafka-acls.sh. */
function inWords({ principal, resource, name, pattern, operation }: PrincipalAcl): string {
  const word = `${operation.slice(0, 1).toUpperCase()}${operation.slice(1)}`;
  return `--allow-principal ${principal} --operation ${word} --${resource} ${name} --resource-pattern-type ${pattern}`;
}
