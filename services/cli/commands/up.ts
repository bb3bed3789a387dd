import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { UpOptions } from '../../up/main.js';
import { action } from '../program/action.js';
import { port } from '../program/arguments.js';
import { help } from '../program/options.js';
import { WORKERS } from '../program/workers.js';

const PROGRAM = fileURLToPath(new URL('../tactus.js', import.meta.url));

/** `tactus up`. */
export function addUp(program: Command): void {
  const command = program
    .command('up')
    .description('start the embedded servers and every worker, and show what happens')
    .option('--infra-only', 'only Kafka, schema registry, TimescaleDB and Redis')
    .option('--no-collector', 'without the worker that collects the metrics of this machine')
    .option('--data <dir>', 'folder for data, logs and addresses', '.tactus')
    .option('--fresh', 'delete the data of earlier runs in that folder first')
    .option('--kafka-port <port>', 'port of Kafka; else a free one, kept for this data', port)
    .option('--registry-port <port>', 'port of the schema registry', port)
    .option('--redis-port <port>', 'port of Redis', port)
    .option('--database-port <port>', 'port of the database', port)
    .action(
      action(async (options: UpOptions) => {
        const { up } = await import('../../up/main.js');
        return await up(options, { program: PROGRAM, workers: WORKERS.map(({ name }) => name) });
      }),
    );
  help(command, {
    details: `
Needs Java 17 or newer and, for the first run, Maven. Writes the addresses to DIR/env and logs to
DIR/logs. A second \`up\` on the same folder finds its data again. Ctrl-C or SIGTERM stops workers and
servers in order within 10 s.`,
    found: 'a server did not start, or ended',
    examples: [
      'tactus up --data /tmp/demo --fresh',
      'tactus up --infra-only --kafka-port 9092 --database-port 5432',
    ],
  });
}
