import type { Command } from 'commander';
import { action } from '../action.js';
import { WORKERS, type WorkerOptions } from '../workers.js';

const HELP = `
Takes everything from the environment (\`tactus config\` lists the keys) and stops in order on SIGTERM
or Ctrl-C: what it holds is finished and committed first. Several instances share the partitions.

Exit codes: 0 after an orderly stop, 78 for a bad configuration, 1 for anything else.

Example, against \`tactus up --infra-only\`:
  set -a; . .tactus/env; METRICS_PORT=0 npx tactus`;

/** One command for each worker. */
export function addWorkers(program: Command): void {
  for (const { name, about, options, load } of WORKERS) {
    const command = program.command(name).description(about).addHelpText('after', `${HELP} ${name}`);
    for (const option of options) command.option(option.flags, option.about);
    command.action(
      action(async (chosen: WorkerOptions) => {
        const { runWorker } = await import('../../../shared/runners/worker.js');
        return await runWorker(name, await load(chosen));
      }),
    );
  }
}
