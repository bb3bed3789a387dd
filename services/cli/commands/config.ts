import type { Command } from 'commander';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { action } from '../program/action.js';
import { help } from '../program/options.js';
import { say } from '../program/output.js';

/** `tactus config`. */
export function addConfig(program: Command): void {
  const command = program
    .command('config')
    .description('print the effective configuration, secrets masked')
    .action(
      action(async () => {
        const { describeConfig, loadConfig } = await import('../../../shared/config/load.js');
        say(describeConfig(loadConfig()));
        return EXIT.done;
      }),
    );
  help(command, {
    details: `
Takes the defaults of the profile that TACTUS_ENV names (development without it), then the YAML file named by
TACTUS_CONFIG_FILE, then the environment. Each key is shown with its meaning, where its value comes from, its
variable and its default.`,
    examples: ['tactus config', 'TOPIC_PREFIX=demo. tactus config'],
  });
}
