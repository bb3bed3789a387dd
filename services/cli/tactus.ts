import { Command } from 'commander';
import { describeConfig, loadConfig } from '../../shared/config/load.js';
import { messageOf, TactusError } from '../../shared/core/errors.js';
import { EXIT_CONFIG } from '../../shared/process/exit-codes.js';
import { runWorker, type StartWorker } from '../../shared/runners/worker.js';
import { port, sensitivity } from './arguments.js';
import { addAlertCommands } from './commands/alerting.js';
import { addDeadLetters, addReconcile } from './commands/data.js';
import { WORKERS } from './workers.js';

interface WorkerOptions {
  /** Of the sink: the targets to write to. */
  readonly only?: string;
}

/** How each worker's code is loaded: only what runs is imported. */
const LOAD: Readonly<
  Record<keyof typeof WORKERS, (options: WorkerOptions) => Promise<{ start: StartWorker }>>
> = {
  ingest: () => import('../ingest/main.js'),
  windowing: () => import('../windowing/main.js'),
  sink: async ({ only }) => ({ start: (await import('../sink/main.js')).startSinks(only) }),
  batch: () => import('../batch/main.js'),
  anomaly: () => import('../anomaly/main.js'),
  alerting: () => import('../alerting/main.js'),
  collector: () => import('../collector/main.js'),
};

const WORKER_HELP = `
Takes everything from the environment (\`tactus config\` lists the keys) and stops in order on SIGTERM
or Ctrl-C: what it holds is finished and committed first. Several instances share the partitions.

Exit codes: 0 after an orderly stop, 78 for a bad configuration, 1 for anything else.

Example, against \`tactus up --infra-only\`:
  set -a; . .tactus/env; METRICS_PORT=0 npx tactus`;

/** The command line; a command's exit code is handed to `exit`. */
function commandLine(exit: (code: number) => void): Command {
  const program = new Command('tactus')
    .description('Stream analytics on Kafka: windows, roll-ups, anomalies and alerts, joined by topics.')
    .showHelpAfterError('(--help says more)')
    .addHelpText(
      'after',
      `
Examples:
  tactus up                                    everything on this machine, fed by its own figures
  tactus up --infra-only                       just Kafka, registry, TimescaleDB and Redis
  set -a; . .tactus/env; METRICS_PORT=0 npx tactus windowing
                                               one worker by hand against them
  tactus config                                every key with its effective value`,
    );
  addUp(program, exit);
  for (const [name, about] of Object.entries(WORKERS)) {
    const command = program
      .command(name)
      .description(about)
      .addHelpText('after', `${WORKER_HELP} ${name}`)
      .action(async (options: WorkerOptions) => {
        const { start } = await LOAD[name as keyof typeof WORKERS](options);
        exit(await runWorker(name, start));
      });
    if (name === 'sink')
      command.option('--only <targets>', 'only these, separated by commas; else all that are configured');
  }
  addSetUp(program, exit);
  addDetect(program, exit);
  addReconcile(program, exit);
  addDeadLetters(program, exit);
  addAlertCommands(program, exit);
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
    .action(() => {
      process.stdout.write(`${describeConfig(loadConfig())}\n`);
      exit(0);
    });
  return program;
}

function addUp(program: Command, exit: (code: number) => void): void {
  program
    .command('up')
    .description('start the embedded servers and every worker, and show what happens')
    .option('--infra-only', 'only Kafka, schema registry, TimescaleDB and Redis')
    .option('--no-collector', 'without the worker that feeds the figures of this machine')
    .option('--data <dir>', 'folder for data, logs and addresses', '.tactus')
    .option('--fresh', 'forget the data of earlier runs in that folder first')
    .option('--kafka-port <port>', 'port of Kafka; else a free one, kept for this data', port)
    .option('--registry-port <port>', 'port of the schema registry', port)
    .option('--redis-port <port>', 'port of Redis', port)
    .option('--database-port <port>', 'port of the database', port)
    .addHelpText(
      'after',
      `
Needs Java 17 or newer and, for the first run, Maven. Writes the addresses to DIR/env and logs to
DIR/logs. A second \`up\` on the same folder finds its data again. Ctrl-C or SIGTERM stops workers and
servers in order within 10 s.

Exit codes: 0 after an orderly stop, 78 for a bad configuration, 1 for anything else.

Examples:
  tactus up --data /tmp/demo --fresh
  tactus up --infra-only --kafka-port 9092 --database-port 5432`,
    )
    .action(async (options) => {
      const { up } = await import('../up/main.js');
      exit(await up(options));
    });
}

function addDetect(program: Command, exit: (code: number) => void): void {
  program
    .command('detect')
    .description('score a CSV of timestamp,value from stdin by the detector of the anomaly worker')
    .option('--plot <file>', 'draw series, band and anomalies to this file as SVG')
    .option(
      '--sensitivity <number>',
      '2 takes half the evidence for an anomaly, 0.5 twice as much',
      sensitivity,
      1,
    )
    .addHelpText(
      'after',
      `
Writes timestamp,value,anomaly_score,expected,lower,upper to stdout, one row for each row and as they
come. Scores are from 0 to 1, an anomaly has 0.5 or more, and no row knows of later ones. Timestamps are
ISO 8601, YYYY-MM-DD HH:MM:SS (UTC) or epoch seconds or milliseconds; a blank value is a missing point.

Exit codes: 0, or 1 for input that cannot be read.

Example:
  tactus detect --plot cpu.svg < cpu.csv > scored.csv`,
    )
    .action(async (options) => exit(await (await import('../detect/main.js')).detect(options)));
}

function addSetUp(program: Command, exit: (code: number) => void): void {
  const topics = program.command('topics').description('the topics that topics/*.yaml declare');
  topics
    .command('apply')
    .description('create missing topics and bring the settings of existing ones in line; safe to repeat')
    .addHelpText('after', '\nExample:\n  set -a; . .tactus/env; npx tactus topics apply')
    .action(async () => exit(await (await import('./commands/topics.js')).applyTopics()));
  topics
    .command('plan')
    .description('say what apply would do and change nothing; exit code 1 if there is a difference')
    .addHelpText('after', '\nExample:\n  set -a; . .tactus/env; npx tactus topics plan')
    .action(async () => exit(await (await import('./commands/topics.js')).planTopics()));

  const schemas = program.command('schemas').description('the Avro schemas of schemas/*.avsc');
  schemas
    .command('apply')
    .description('register them in the schema registry with compatibility BACKWARD; safe to repeat')
    .addHelpText('after', '\nExample:\n  set -a; . .tactus/env; npx tactus schemas apply')
    .action(async () => exit(await (await import('./commands/schemas.js')).applySchemas()));
  schemas
    .command('check')
    .description('see that they are compatible with all earlier versions; exit code 1 if one is not')
    .option('--offline', 'against the versions kept in the repository instead of a registry', false)
    .addHelpText('after', '\nExample:\n  npx tactus schemas check --offline')
    .action(async (options: { offline: boolean }) =>
      exit(await (await import('./commands/schemas.js')).checkSchemas({ offline: options.offline })),
    );

  const db = program.command('db').description('the schema of the database');
  db.command('migrate')
    .description('bring the database to the newest schema; safe to repeat')
    .addHelpText('after', '\nExample:\n  set -a; . .tactus/env; npx tactus db migrate')
    .action(async () => exit(await (await import('./commands/db.js')).migrateCommand()));
}

/** Runs the command line of this process to its end. */
async function main(): Promise<void> {
  let code = 0;
  try {
    await commandLine((of) => {
      code = of;
    }).parseAsync();
  } catch (error) {
    process.stderr.write(`tactus: ${messageOf(error)}\n`);
    code = error instanceof TactusError && error.code === 'TACTUS_CONFIG_INVALID' ? EXIT_CONFIG : 1;
    if (!(error instanceof TactusError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  }
  process.exit(code);
}

await main();
