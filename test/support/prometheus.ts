import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

/** A sample of a counter. */
export interface Sample {
  readonly timestamp: number;
  readonly value: number;
}

/** A sample that a query has found. */
interface QueriedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What stands beside a bucket of a histogram. */
interface Exemplar {
  readonly series: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** An alert that fires, with what people read of it. */
export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An answer of the API. */
export interface PrometheusAnswer {
  readonly status: 'success' | 'error';
  readonly errorType?: string;
  readonly error?: string;
  readonly data?: unknown;
}

/** Runs promtool or amtool, of Debian's packages too. @returns what it writes @throws with that when it finds a mistake */
export function runTool(tool: 'promtool' | 'amtool', ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error });
  return stdout;
}

/** A real Prometheus, of Debian's package. */
export class Prometheus {
  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
    private readonly address: string,
  ) {}

  /** With these samples in its database. @param series of the metric `m_total`, by the value of the label `series`; each in order of time */
  static async start(series: ReadonlyMap<string, readonly Sample[]>): Promise<Prometheus> {
    const lines = [...series].flatMap(([name, samples]) =>
      samples.map(
        ({ timestamp, value }) => `m_total{series="${name}"} ${value} ${(timestamp / 1_000).toFixed(3)}`,
      ),
    );
    return await Prometheus.holding(`# TYPE m counter\n${lines.join('\n')}\n# EOF\n`);
  }

  /** With the points of a text in its database. @param openMetrics with a timestamp at each point */
  static async holding(openMetrics: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'tactus-prometheus-'));
    const text = join(folder, 'samples');
    writeFileSync(text, openMetrics);
    runTool('promtool', 'tsdb', 'create-blocks-from', 'openmetrics', '--quiet', text, join(folder, 'data'));
    return await Prometheus.#run(folder, '');
  }

  /** One that reads metrics. @param config its whole configuration, in YAML @param files by name, beside it */
  static async scraping(config: string, files: Readonly<Record<string, string>> = {}): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'tactus-prometheus-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return await Prometheus.#run(folder, config);
  }

  static async #run(folder: string, text: string): Promise<Prometheus> {
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, text);
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        '--storage.tsdb.retention.time=100y',
        '--web.listen-address=127.0.0.1:0',
        // As in docker-compose.yml.
        '--enable-feature=exemplar-storage',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let log = '';
    child.stderr?.setEncoding('utf8').on('data', (more: string) => {
      log += more;
    });
    const address = await until('Prometheus to listen', () => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended: ${log}`);
      return /msg="Listening on" address=([\d.:]+)/.exec(log)?.[1];
    });
    const prometheus = new Prometheus(folder, child, address);
    await until('Prometheus to be ready', async () => (await fetch(`http://${address}/-/ready`)).ok);
    return prometheus;
  }

  /** The value of an expression at this time, by the label `series`. */
  async query(expression: string, at: number): Promise<Map<string, number>> {
    const result = await this.#ask(expression, at);
    return new Map(result.map(({ metric, value }) => [metric.series as string, Number(value[1])]));
  }

  /** The one value that an expression has at this time; undefined where it has none. @throws where it has several */
  async value(expression: string, at: number): Promise<number | undefined> {
    const [first, ...others] = await this.#ask(expression, at);
    if (others.length > 0) throw new Error(`${expression} has ${others.length + 1} values`);
    return first === undefined ? undefined : Number(first.value[1]);
  }

  /** All that an expression has now. @throws what Prometheus says of the expression */
  async samples(expression: string): Promise<QueriedSample[]> {
    const result = await this.#ask(expression, Date.now());
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The exemplars of the last hour that the series of an expression have. */
  async exemplars(expression: string): Promise<Exemplar[]> {
    const url = new URL(`http://${this.address}/api/v1/query_exemplars`);
    url.searchParams.set('query', expression);
    url.searchParams.set('start', `${Date.now() / 1_000 - 3_600}`);
    url.searchParams.set('end', `${Date.now() / 1_000 + 60}`);
    const { data, error } = (await (await fetch(url)).json()) as {
      error?: string;
      data?: { seriesLabels: Record<string, string>; exemplars: { labels: Record<string, string> }[] }[];
    };
    if (data === undefined) throw new Error(`${expression}: ${error}`);
    return data.flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map(({ labels }) => ({ series: seriesLabels, labels })),
    );
  }

  /** What a path of its API answers, whatever that is. @param path such as `/api/v1/query` */
  async ask(path: string, parameters: Readonly<Record<string, string>>): Promise<PrometheusAnswer> {
    const body = new URLSearchParams(parameters);
    const response = await fetch(`http://${this.address}${path}`, {
      ...{ method: 'POST', body },
      headers: { 'accept-encoding': 'identity' },
    });
    return (await response.json()) as PrometheusAnswer;
  }

  async firing(): Promise<readonly FiringAlert[]> {
    const answer = (await (await fetch(`http://${this.address}/api/v1/alerts`)).json()) as {
      data: { alerts: (FiringAlert & { state: string })[] };
    };
    return answer.data.alerts.filter(({ state }) => state === 'firing');
  }

  async #ask(expression: string, at: number) {
    const url = new URL(`http://${this.address}/api/v1/query`);
    url.searchParams.set('query', expression);
    url.searchParams.set('time', (at / 1_000).toFixed(3));
    const answer = (await (await fetch(url)).json()) as {
      error?: string;
      data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (answer.data === undefined) throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
