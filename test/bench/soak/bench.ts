import { setTimeout as pause } from 'node:timers/promises';
import { Partitioners } from 'kafkajs';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { onServers } from '../stand.js';
import { GoodWindows } from './good-windows.js';
import { grown, inWords, type Memory, MINUTE_MS, ofMinute, SAMPLE_MS, sampled } from './memory.js';
import type { SoakOptions } from './options.js';
import { goodPoint, hostilePoint } from './points.js';

const PREFIX = 'soak.';
const PARTITIONS = 4;
const GRACE_MS = 5_000;
const BATCH_MS = 100;
/** As long as a minute takes to be filled everywhere: what is kept for a time is kept for one minute. */
const KEPT = { TACTUS_DEDUP_WINDOW_MS: String(MINUTE_MS), TACTUS_SERIES_IDLE_MS: String(MINUTE_MS) };
/** The hostile tenant reaches it within half a minute. */
const MAX_SERIES = '20000';
const WORKERS = ['ingest', 'windowing'] as const;

/** Memory of workers and windows of a good tenant beside a hostile one; false when it grows, or one is wrong. */
export async function runSoakBench(options: SoakOptions): Promise<boolean> {
  return await onServers(
    { data: null, only: ['kafka', 'registry'], progress: say },
    async ({ stack, workers }) => {
      const client = new PlainClient(stack.env, PREFIX);
      const env = { ...KEPT, TOPIC_PREFIX: PREFIX, TACTUS_PARTITIONS: String(PARTITIONS), LOG_LEVEL: 'info' };
      const settings = { ...stack.env, ...env, TACTUS_MAX_SERIES_PER_TENANT: MAX_SERIES };
      workers.push(...WORKERS.map((name) => new WorkerProcess(name, settings)));
      for (const worker of workers) await worker.ready();
      return await new Soak(options, client, workers).run(stack.env.SCHEMA_REGISTRY_URL);
    },
  );
}

class Soak {
  /** By worker, of each minute. */
  readonly #memory: Memory[][] = WORKERS.map(() => []);

  constructor(
    private readonly options: SoakOptions,
    private readonly client: PlainClient,
    private readonly workers: readonly WorkerProcess[],
  ) {}

  async run(registryUrl: string): Promise<boolean> {
    const { minutes } = this.options;
    const windows = await GoodWindows.follow(this.client, registryUrl, GRACE_MS);
    try {
      const end = Date.now() + minutes * MINUTE_MS;
      const watching = async () => {
        for (let minute = 1; minute <= minutes; minute++) await this.#minute(minute, windows);
      };
      await Promise.all([this.#send(end, windows), watching()]);
      // The last windows are due after their grace, and the idle time-out.
      await until('the last windows', () => windows.isComplete(end), MINUTE_MS).catch(() => undefined);
      const findings = [...windows.findings(end), ...this.#growth()];
      for (const finding of findings) say(finding);
      say(findings.length === 0 ? 'memory is flat, and all windows of the good tenant are right' : 'FAILED');
      return findings.length === 0;
    } finally {
      await windows.stop();
    }
  }

  async #send(end: number, windows: GoodWindows): Promise<void> {
    const encode = await this.client.encoder('ingest.metrics');
    const producer = this.client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const topic = `${PREFIX}ingest.metrics`;
    const kinds = [
      { rate: this.options.good, make: goodPoint, sent: (point: PlainPoint) => windows.sent(point) },
      { rate: this.options.hostile, make: hostilePoint, sent: () => undefined },
    ];
    const made = kinds.map(() => 0);
    const began = Date.now();
    for (let now = began; now < end; now = Date.now()) {
      const messages = kinds.flatMap(({ rate, make, sent }, i) => {
        const due = Math.min(rate, Math.floor(((now - began) * rate) / 1_000) - (made[i] as number));
        return Array.from({ length: due }, () => {
          const point = make((made[i] as number)++, now);
          sent(point);
          return { key: `${point.tenantId} ${point.tags.host ?? point.id}`, value: encode(point) };
        });
      });
      if (messages.length > 0) await producer.send({ topic, messages, acks: -1 });
      await pause(Math.max(0, now + BATCH_MS - Date.now()));
    }
    await producer.disconnect();
  }

  async #minute(minute: number, windows: GoodWindows): Promise<void> {
    const samples: Memory[][] = WORKERS.map(() => []);
    for (const end = Date.now() + MINUTE_MS; Date.now() < end; await pause(SAMPLE_MS))
      for (const [i, worker] of this.workers.entries()) samples[i]?.push(await sampled(worker));
    for (const [i, taken] of samples.entries()) this.#memory[i]?.push(ofMinute(taken));
    const memory = this.#memory.map((all, i) => `${WORKERS[i]} ${inWords(all.at(-1) as Memory)}`);
    const [ingest, windowing] = this.workers as [WorkerProcess, WorkerProcess];
    const figure = async (worker: WorkerProcess, name: string) =>
      await until(name, async () => (await worker.metric(`tactus_${name}`)).toFixed(0), MINUTE_MS);
    const { windows: written, median, most } = windows.takeDelays();
    say(`minute ${minute}: ${memory.join('; ')}`);
    say(
      `  live series ${await figure(ingest, 'live_series')}, refused ${await figure(ingest, 'records_refused_total')}, late ${await figure(windowing, 'late_points_total')}, open aggregates ${await figure(windowing, 'open_aggregates')}, spellings ${await figure(windowing, 'series_spellings')}`,
    );
    say(
      `  good tenant: ${written} windows, after their grace by ${median} ms (median), ${most} ms (most); ${windows.late} late points`,
    );
  }

  #growth(): string[] {
    return this.#memory.flatMap((all, i) => grown(WORKERS[i] as string, all));
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
