import type { Command } from 'commander';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { action } from '../program/action.js';
import { help, jsonOption } from '../program/options.js';
import { say, sayJson } from '../program/output.js';

/** `tactus config`. */
export function addConfig(program: Command): void {
  const command = program
    .command('config')
    .description('print the effective configuration as YAML, secrets left out')
    .action(
      action(async ({ json }: { json: boolean }) => {
        const { loadConfig } = await import('../../../shared/config/load.js');
        const { describeConfig, describedKeys } = await import('../../../shared/config/describe.js');
        const config = loadConfig();
        if (json) sayJson({ keys: describedKeys(config) });
        else say(describeConfig(config));
        return EXIT.done;
      }),
    );
  help(jsonOption(command), {
    details: `
Takes the defaults of the profile that TACTUS_ENV names (development without it), then the YAML file named by
TACTUS_CONFIG_FILE, then the environment. Each key is shown with its meaning, its variable, its default and where its
value comes from. What is printed can be saved and named in TACTUS_CONFIG_FILE.`,
    examples: [
      'tactus config > tactus.yaml',
      'TOPIC_PREFIX=demo. tactus config',
      `tactus config --json | jq '.keys[] | select(.source == "environment")'`,
    ],
  });
}
