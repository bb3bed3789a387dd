import { parseArgs } from 'node:util';
import { alerting } from './detection/alerting.js';
import { anomaly } from './detection/anomaly.js';
import { KINDS, type Kind, type Rounds } from './faults.js';
import { ingest } from './ingest/ingest.js';
import { PIPELINE, runPipeline } from './pipeline/pipeline.js';
import { runIntegrity } from './run.js';
import type { Scenario } from './scenario.js';
import { sink } from './sink/sink.js';
import { windowing } from './windowing.js';

/* `npm run test:integrity`: the long form of the integrity tests. Exit code 1 on any deviation. */

const SCENARIOS: readonly Scenario[] = [ingest, windowing, anomaly, alerting, sink];

const names = [...SCENARIOS.map(({ name }) => name), PIPELINE];
const USAGE = `usage: npm run test:integrity -- [NAME...] [options]

NAME is any of ${names.join(', ')}; all without one. Options:
  --rounds N     faults of each kind (20)
  --kinds LIST   of ${KINDS.join(', ')} (all)
  --seed N       repeats the data and faults of an earlier run (random)
  --rate N       points per second (2000)
  --minutes N    how long ${PIPELINE} runs (10)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '20' },
    kinds: { type: 'string', default: KINDS.join(',') },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rate: { type: 'string', default: '2000' },
    minutes: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);
const kinds = values.kinds.split(',');
const [each, seed, rate] = [Number(values.rounds), Number(values.seed), Number(values.rate)];
const minutes = Number(values.minutes);
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (
  !positionals.every((name) => names.includes(name)) ||
  !kinds.every((kind) => KINDS.includes(kind as Kind)) ||
  ![each, seed, rate, minutes].every(Number.isInteger)
) {
  process.stderr.write(USAGE);
  process.exit(78);
}

const rounds = Object.fromEntries(KINDS.map((kind) => [kind, kinds.includes(kind) ? each : 0])) as Rounds;
let sound = true;
for (const scenario of SCENARIOS)
  if (positionals.length === 0 || positionals.includes(scenario.name))
    sound = (await runIntegrity(scenario, { rounds, seed, rate, say })) && sound;
if (positionals.length === 0 || positionals.includes(PIPELINE))
  sound = (await runPipeline({ seconds: minutes * 60, shortWindows: minutes < 3, seed, rate, say })) && sound;
process.exit(sound ? 0 : 1);
