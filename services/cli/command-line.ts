import { Command, Help, type Option } from 'commander';
import { packageVersion } from '../../shared/files/package-root.js';
import { addAcls } from './commands/acls.js';
import { addAlerts } from './commands/alerts.js';
import { addCheck } from './commands/check.js';
import { addCompletion } from './commands/completion.js';
import { addConfig } from './commands/config.js';
import { addControl } from './commands/control.js';
import { addDetect } from './commands/detect.js';
import { addDeadLetters } from './commands/dlq.js';
import { addHealth } from './commands/health.js';
import { addKeys } from './commands/keys.js';
import { addPerformanceMonitor } from './commands/performance-monitor.js';
import { addProfile } from './commands/profile.js';
import { addReconcile } from './commands/reconcile.js';
import { addRoutes } from './commands/routes.js';
import { addRules } from './commands/rules.js';
import { addSetUp } from './commands/setup.js';
import { addSources } from './commands/sources.js';
import { addTenants } from './commands/tenants.js';
import { addUp } from './commands/up.js';
import { addUsers } from './commands/users.js';
import { addWorkers } from './commands/workers.js';

/** All commands in the order of `--help`; each leaves its exit code in `process.exitCode`. */
export function commandLine(): Command {
  const program = new Command('tactus')
    .description('Stream analytics on Kafka: windows, roll-ups, anomalies and alerts, joined by topics.')
    .version(version(), '--version', 'print the version of Tactus and of the Node that it runs on')
    .showHelpAfterError('(--help says more)')
    .configureHelp({ optionDescription })
    // Commands inherit both. Wrong usage has an exit code of its own.
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes of every command: 0 done, 1 found something (such as a difference) or failed, 2 wrong usage,
69 a server does not answer within --timeout, 78 wrong configuration.

Examples:
  tactus up                                    run everything on this machine, fed by its own metrics
  tactus up --infra-only                       run just Kafka, registry, TimescaleDB and Redis
  set -a; . .tactus/env; METRICS_PORT=0 npx tactus windowing
                                               run one worker by hand against them
  tactus config                                print every key with its effective value`,
    );
  addUp(program);
  addWorkers(program);
  addSetUp(program);
  addAcls(program);
  addDetect(program);
  addReconcile(program);
  addDeadLetters(program);
  addAlerts(program);
  addRules(program);
  addRoutes(program);
  addTenants(program);
  addKeys(program);
  addUsers(program);
  addControl(program);
  addSources(program);
  addPerformanceMonitor(program);
  addProfile(program);
  addCheck(program);
  addHealth(program);
  addConfig(program);
  addCompletion(program);
  return program;
}

/** That a switch is off by default goes without saying. */
function optionDescription(option: Option): string {
  return option.defaultValue === false ? option.description : new Help().optionDescription(option);
}

function version(): string {
  return `tactus ${packageVersion()} (Node ${process.versions.node})`;
}
