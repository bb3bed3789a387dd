import type { Command } from 'commander';
import { action } from '../program/action.js';
import { help } from '../program/options.js';
import { WORKERS, type WorkerOptions } from '../program/workers.js';

const DETAILS = `
Takes everything from the environment (\`tactus config\` lists the keys) and stops in order on SIGTERM
or Ctrl-C: what it holds is finished and committed first. Several instances share the partitions.
Servers that do not answer are waited for.`;

/** One command for each worker. */
export function addWorkers(program: Command): void {
  for (const { name, about, options, load } of WORKERS) {
    const command = program.command(name).description(about);
    for (const option of options) command.option(option.flags, option.about);
    command.action(
      action(async (chosen: WorkerOptions) => {
        const { runWorker } = await import('../../../shared/runners/worker.js');
        return await runWorker(name, await load(chosen));
      }),
    );
    help(command, {
      details: DETAILS,
      found: 'it failed in a way that does not pass',
      examples: [`set -a; . .tactus/env; METRICS_PORT=0 npx tactus ${name}`],
    });
  }
}
