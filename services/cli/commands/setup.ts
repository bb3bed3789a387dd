import type { Command } from 'commander';
import {
  describeChange,
  howToGrow,
  isNote,
  type TopicChange,
} from '../../../shared/adapters/kafka/admin/topic-changes.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { running } from '../program/action.js';
import { help, jsonOption, timeoutOption } from '../program/options.js';
import { say, sayJson } from '../program/output.js';

/** Making an index on a table full of points may take long. */
const MIGRATION_TIMEOUT_MS = 3_600_000;

interface JsonOption {
  readonly json: boolean;
}

/** `tactus topics`, `schemas` and `db`: what has to be in place before workers start. */
export function addSetUp(program: Command): void {
  addTopics(
    program.command('topics').description('create and compare the topics that topics/*.yaml declare'),
  );
  addSchemas(program.command('schemas').description('register and check the Avro schemas of schemas/*.avsc'));
  const migrate = program
    .command('db')
    .description('manage the schema of the database')
    .command('migrate')
    .description('bring the database to the newest schema; safe to repeat')
    .action(running('db migrate', ['database'], migrateDatabase));
  help(timeoutOption(migrate), { servers: true, examples: ['npx tactus db migrate'] });
}

function addTopics(topics: Command): void {
  const apply = topics
    .command('apply')
    .description('create missing topics and bring the settings of existing ones in line; safe to repeat')
    .action(
      running('topics apply', ['kafka'], async (context, { json }: JsonOption) => {
        const { applyTopics } = await import('../../../shared/adapters/kafka/admin/topics-admin.js');
        return applied(await applyTopics(context), json);
      }),
    );
  help(timeoutOption(jsonOption(apply)), {
    found: 'a topic that must be in one partition has more, which cannot be undone',
    servers: true,
    examples: ['npx tactus topics apply'],
  });

  const plan = topics
    .command('plan')
    .description('show what apply would do, and change nothing')
    .action(
      running('topics plan', ['kafka'], async (context, { json }: JsonOption) => {
        const { planTopics } = await import('../../../shared/adapters/kafka/admin/topics-admin.js');
        const found = await planTopics(context);
        const left = found.filter((change) => !isNote(change));
        if (json) sayJson(changesJson(found));
        else {
          for (const change of found) say(describeChange(change));
          say(left.length === 0 ? 'topics: as declared' : `topics: ${left.length} difference(s)`);
        }
        return left.length === 0 ? EXIT.done : EXIT.found;
      }),
    );
  help(timeoutOption(jsonOption(plan)), {
    found: 'a topic differs from its declaration in more than a note',
    servers: true,
    examples: ['npx tactus topics plan', 'npx tactus topics plan --json | jq .changes'],
  });
}

function applied(found: readonly TopicChange[], json: boolean): number {
  const impossible = found.filter((change) => change.kind === 'impossible');
  const changes = found.filter((change) => !isNote(change));
  if (json) sayJson(changesJson(found));
  else {
    for (const change of found) if (change.kind !== 'impossible') say(describeChange(change));
    const procedure = howToGrow(found);
    if (procedure !== null) say(procedure);
    if (changes.length === 0) say('topics: as declared');
    else say(`topics: ${changes.length - impossible.length} difference(s) applied`);
  }
  if (impossible.length > 0)
    throw new TactusError('TACTUS_TOPIC_MISMATCH', impossible.map(describeChange).join('\n'));
  return EXIT.done;
}

function changesJson(found: readonly TopicChange[]): object {
  return {
    changes: found.filter((change) => !isNote(change)).map(changeJson),
    notes: found.filter(isNote).map(changeJson),
  };
}

/** What is stable of a change; its text says the rest. */
function changeJson(change: TopicChange): object {
  return { kind: change.kind, topic: change.topic, text: describeChange(change) };
}

function addSchemas(schemas: Command): void {
  const apply = schemas
    .command('apply')
    .description('register the schemas in the schema registry with compatibility BACKWARD; safe to repeat')
    .action(
      running('schemas apply', ['registry'], async (context) => {
        const { registerSchemas } = await import('../program/schema-registration.js');
        let registered = 0;
        for await (const { subject, id } of registerSchemas(context)) {
          registered++;
          say(`+ ${subject}: registered as schema ${id}`);
        }
        say(registered === 0 ? 'schemas: as in the repository' : `schemas: ${registered} registered`);
        return EXIT.done;
      }),
    );
  help(timeoutOption(apply), { servers: true, examples: ['npx tactus schemas apply'] });

  const check = schemas
    .command('check')
    .description('see that the schemas are registered and compatible with all earlier versions')
    .option('--offline', 'compare with the versions kept in the repository only, without a registry', false)
    .action(running('schemas check', ({ offline }) => (offline ? [] : ['registry']), checkSchemas));
  help(timeoutOption(jsonOption(check)), {
    found: 'a schema is incompatible or not registered',
    servers: true,
    examples: ['npx tactus schemas check', 'npx tactus schemas check --offline'],
  });
}

interface CheckOptions extends JsonOption {
  readonly offline: boolean;
}

async function checkSchemas(context: CommandContext, { offline, json }: CheckOptions): Promise<number> {
  const { schemaProblems } = await import('../program/schema-registration.js');
  const problems = await schemaProblems(context, { offline });
  if (json) sayJson({ problems });
  else {
    for (const problem of problems) say(problem);
    const against = offline ? 'the kept versions' : 'the kept versions and the registry';
    say(problems.length === 0 ? `schemas: agree with ${against}` : `schemas: ${problems.length} problem(s)`);
  }
  return problems.length === 0 ? EXIT.done : EXIT.found;
}

async function migrateDatabase(context: CommandContext): Promise<number> {
  const { createPool } = await import('../../../shared/adapters/postgres/pool.js');
  const { migrate } = await import('../../../shared/adapters/postgres/migrate.js');
  const { retried } = await import('../../../shared/process/retried.js');
  const pool = createPool({ ...context, name: 'db-migrate' }, { statementTimeoutMs: MIGRATION_TIMEOUT_MS });
  try {
    let some = false;
    const applied = (name: string) => {
      some = true;
      say(`applied ${name}`);
    };
    await retried(context, () => migrate(pool, { applied }));
    if (!some) say('nothing to apply: schema tactus is up to date');
    return EXIT.done;
  } finally {
    await pool.end();
  }
}
