import type { Command } from 'commander';
import { action } from '../action.js';

/** `tactus config`. */
export function addConfig(program: Command): void {
  program
    .command('config')
    .description('print the effective configuration, secrets masked')
    .addHelpText(
      'after',
      `
Defaults, then the YAML file named by TACTUS_CONFIG_FILE, then the environment. Each key is shown with
its meaning, its variable and its default. Exit code 78 if anything is wrong in it.

Example:
  TOPIC_PREFIX=demo. tactus config`,
    )
    .action(
      action(async () => {
        const { describeConfig, loadConfig } = await import('../../../shared/config/load.js');
        process.stdout.write(`${describeConfig(loadConfig())}\n`);
        return 0;
      }),
    );
}
