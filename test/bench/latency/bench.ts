import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { messageOf } from '../../../shared/core/errors.js';
import { sum } from '../figures.js';
import { type Bench, onStand } from '../stand.js';
import { createTopic, registerSchema } from '../windowing/dataset.js';
import { ProcessSample } from '../windowing/process-sample.js';
import { type Contender, contender, GRACE_MS, type HopSettings } from './contenders.js';
import { Load } from './load.js';
import type { ContenderName } from './names.js';
import type { LatencyOptions } from './options.js';
import { countRequests, inTurn, type Run, summarise, table } from './report.js';

const TOPIC_CONFIG = { 'message.timestamp.type': 'LogAppendTime', 'max.message.bytes': '16777216' };

/** Times of the hop through ingest beside its peers; false when one of them lost or doubled a point, or failed. */
export async function runLatencyBench(options: LatencyOptions): Promise<boolean> {
  return await onStand(options, ['kafka', 'registry'], async (bench) => {
    const latency = new LatencyBench(bench, options);
    try {
      await latency.run();
    } finally {
      await latency.stop();
    }
    const summaries = summarise(latency.runs);
    process.stdout.write(`\n${[...latency.settings].join('\n')}\n\n${table(summaries)}`);
    for (const failure of latency.failures) process.stdout.write(`${failure}\n`);
    const { runs, settings, failures } = latency;
    const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
    mkdirSync(dirname(options.json), { recursive: true });
    const results = { machine, options, settings: [...settings], summaries, runs, failures };
    writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
    bench.progress(`results are in ${options.json}`);
    return failures.length === 0 && summaries.every(({ correct }) => correct);
  });
}

/** A row of the table for one contender. */
interface Cell {
  readonly name: ContenderName;
  readonly partitions: number;
  readonly intervalMs: number;
}

class LatencyBench {
  readonly runs: Run[] = [];
  readonly failures: string[] = [];
  /** What each contender ran with, once per interval. */
  readonly settings = new Set<string>();
  readonly #contenders: ReadonlyMap<ContenderName, Contender>;
  readonly #load: Load;
  readonly #broker: ProcessSample;

  constructor(
    private readonly bench: Bench,
    private readonly options: LatencyOptions,
  ) {
    const pid = bench.stack.servers.kafka.pid ?? 0;
    this.#broker = new ProcessSample(pid);
    this.#load = new Load(bench, pid);
    this.#contenders = new Map(options.only.map((name) => [name, contender(name, bench)]));
  }

  async run(): Promise<void> {
    const { rounds, partitions, intervals, only, warmUpSeconds } = this.options;
    this.bench.progress(`warming up each contender for ${warmUpSeconds} s`);
    const first = { partitions: partitions[0] as number, intervalMs: intervals[0] as number };
    for (const name of only) await this.#measure({ name, ...first }, warmUpSeconds);
    let rows = 0;
    for (let round = 1; round <= rounds; round++)
      for (const count of partitions)
        for (const intervalMs of intervals)
          for (const name of inTurn(only, rows++))
            await this.#attempt({ name, partitions: count, intervalMs }, round);
  }

  async stop(): Promise<void> {
    this.#broker.stop();
    await Promise.all([this.#load.stop(), ...[...this.#contenders.values()].map((each) => each.end())]);
  }

  async #attempt(cell: Cell, round: number): Promise<void> {
    const about = `${cell.partitions} partitions, commit ${cell.intervalMs} ms, ${cell.name}`;
    try {
      const run = { ...(await this.#measure(cell, this.options.seconds)), round };
      this.runs.push(run);
      this.bench.progress(`${about}: ${describe(run)}`);
    } catch (error) {
      this.failures.push(`${about} FAILED: ${messageOf(error)}`);
      this.bench.progress(`${about} FAILED: ${messageOf(error)}`);
      // Whatever state it is in, the next run gets a new process.
      await this.#contenders.get(cell.name)?.end();
    }
  }

  async #measure(cell: Cell, seconds: number): Promise<Omit<Run, 'round'>> {
    const { bench, options } = this;
    const { name, partitions, intervalMs } = cell;
    const { rate, keys, warmSeconds: warm } = options;
    const prefix = `${bench.nextId()}.`;
    const hop: HopSettings = { prefix, partitions, intervalMs };
    const [input, output, windows] = [`${prefix}ingest.metrics`, `${prefix}metrics`, `${prefix}windows`];
    const schema = await registerSchema(bench.env.SCHEMA_REGISTRY_URL, input);
    for (const topic of [input, output, windows]) await createTopic(bench, topic, TOPIC_CONFIG, partitions);
    try {
      const running = await (this.#contenders.get(name) as Contender).start(hop);
      let stretch: Awaited<ReturnType<Load['measure']>>;
      try {
        const watched = name === 'windows' ? { windows, grace: GRACE_MS } : {};
        stretch = await this.#load.measure({
          ...{ input, output, schema, rate, seconds, warm, partitions, keys },
          ...watched,
        });
        const ended = running.children.find((child) => !child.running);
        if (ended !== undefined) throw new Error(`it ended:\n${ended.tail}`);
      } finally {
        await running.stop();
      }
      this.settings.add(`${name}: ${running.settings.replace(/ ?TACTUS_PARTITIONS=\d+/, '')}`);
      const { from, to, idleCpu, measured } = stretch;
      return {
        ...{ contender: name, partitions, intervalMs, ...measured },
        seconds: (to - from) / 1000,
        idleCpu,
        brokerCpuSeconds: this.#broker.cpuBetween(from, to),
        ownCpuSeconds: sum(running.children.map((child) => child.sample.cpuBetween(from, to))),
      };
    } finally {
      await dropTopics(bench, prefix);
    }
  }
}

/** The next contender shall not find a broker with more partitions. */
async function dropTopics({ admin }: Bench, prefix: string): Promise<void> {
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
  await admin.deleteTopics({ topics });
}

function describe(run: Run): string {
  const { acked, due, windows, requests, seconds, brokerCpuSeconds, lost, duplicates } = run;
  const parts = [`p50 ${ms(acked.p50)}, p99 ${ms(acked.p99)} ms (since due ${ms(due.p50)}, ${ms(due.p99)})`];
  if (windows !== undefined) parts.push(`windows ${ms(windows.p50)}, ${ms(windows.p99)} ms`);
  if (brokerCpuSeconds !== null) parts.push(`broker ${(brokerCpuSeconds / seconds).toFixed(2)} CPU`);
  if (requests !== null) parts.push(`${Math.round(countRequests(requests).all / seconds)} requests/s`);
  parts.push(`${run.idleCpu.toFixed(2)} idle`);
  if (lost > 0) parts.push(`${lost} LOST`);
  if (duplicates > 0) parts.push(`${duplicates} TWICE`);
  return parts.join(', ');
}

function ms(figure: number | null): string {
  return figure?.toFixed(1) ?? 'n/a';
}
