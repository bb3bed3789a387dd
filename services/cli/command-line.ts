import { Command } from 'commander';
import { addAlerts } from './commands/alerts.js';
import { addCheck } from './commands/check.js';
import { addConfig } from './commands/config.js';
import { addDetect } from './commands/detect.js';
import { addDeadLetters } from './commands/dlq.js';
import { addReconcile } from './commands/reconcile.js';
import { addRules } from './commands/rules.js';
import { addSetUp } from './commands/setup.js';
import { addUp } from './commands/up.js';
import { addWorkers } from './commands/workers.js';

/** All commands; each leaves its exit code in `process.exitCode`. */
export function commandLine(): Command {
  const program = new Command('tactus')
    .description('Stream analytics on Kafka: windows, roll-ups, anomalies and alerts, joined by topics.')
    .showHelpAfterError('(--help says more)')
    .addHelpText(
      'after',
      `
Examples:
  tactus up                                    everything on this machine, fed by its own metrics
  tactus up --infra-only                       just Kafka, registry, TimescaleDB and Redis
  set -a; . .tactus/env; METRICS_PORT=0 npx tactus windowing
                                               one worker by hand against them
  tactus config                                every key with its effective value`,
    );
  for (const add of [
    ...[
      addUp,
      addWorkers,
      addSetUp,
      addDetect,
      addReconcile,
      addDeadLetters,
      addAlerts,
      addRules,
      addCheck,
      addConfig,
    ],
  ])
    add(program);
  return program;
}
