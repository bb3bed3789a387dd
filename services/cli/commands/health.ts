import type { Command } from 'commander';
import { askStatus } from '../../../shared/process/ask-status.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { statusUrl } from '../../../shared/process/status-server.js';
import { running } from '../program/action.js';
import { help } from '../program/options.js';
import { complain, say } from '../program/output.js';

interface HealthOptions {
  readonly alive: boolean;
}

/** `tactus health`. */
export function addHealth(program: Command): void {
  const command = program
    .command('health')
    .description('ask a worker on this machine whether it is ready')
    .option('--alive', 'ask only whether it is alive: one that waits for a server is', false)
    .action(running('health', [], ask));
  help(command, {
    details: `
For the health checks of containers, which have nothing else to ask with: it asks the worker at METRICS_HOST and METRICS_PORT.`,
    found: 'the worker is not ready, or does not answer',
    examples: ['METRICS_PORT=9464 tactus health'],
  });
}

async function ask({ config }: CommandContext, { alive }: HealthOptions): Promise<number> {
  const { metricsHost: host, metricsPort: port } = config.http;
  const { good, reasons } = await askStatus(statusUrl({ host, port }), alive ? '/healthz' : '/readyz');
  if (good) say(alive ? 'alive' : 'ready');
  else complain('health', reasons.join('; '));
  return good ? EXIT.done : EXIT.found;
}
