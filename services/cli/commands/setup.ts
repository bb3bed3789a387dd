import type { Command } from 'commander';
import { action } from '../action.js';

/** `tactus topics`, `schemas` and `db`: what has to be in place before workers start. */
export function addSetUp(program: Command): void {
  const topics = program.command('topics').description('the topics that topics/*.yaml declare');
  topics
    .command('apply')
    .description('create missing topics and bring the settings of existing ones in line; safe to repeat')
    .addHelpText('after', '\nExample:\n  set -a; . .tactus/env; npx tactus topics apply')
    .action(action(async () => (await import('../set-up/topics.js')).applyTopics()));
  topics
    .command('plan')
    .description('say what apply would do and change nothing; exit code 1 if there is a difference')
    .addHelpText('after', '\nExample:\n  set -a; . .tactus/env; npx tactus topics plan')
    .action(action(async () => (await import('../set-up/topics.js')).planTopics()));

  const schemas = program.command('schemas').description('the Avro schemas of schemas/*.avsc');
  schemas
    .command('apply')
    .description('register them in the schema registry with compatibility BACKWARD; safe to repeat')
    .addHelpText('after', '\nExample:\n  set -a; . .tactus/env; npx tactus schemas apply')
    .action(action(async () => (await import('../set-up/schemas.js')).applySchemas()));
  schemas
    .command('check')
    .description('see that they are compatible with all earlier versions; exit code 1 if one is not')
    .option('--offline', 'against the versions kept in the repository instead of a registry', false)
    .addHelpText('after', '\nExample:\n  npx tactus schemas check --offline')
    .action(
      action(async (options: { offline: boolean }) =>
        (await import('../set-up/schemas.js')).checkSchemas(options),
      ),
    );

  program
    .command('db')
    .description('the schema of the database')
    .command('migrate')
    .description('bring the database to the newest schema; safe to repeat')
    .addHelpText('after', '\nExample:\n  set -a; . .tactus/env; npx tactus db migrate')
    .action(action(async () => (await import('../set-up/database.js')).migrateCommand()));
}
