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

/** Runs promtool or amtool, of Debian's packages too. @returns what it writes @throws with that when it finds a mistake */
export function runTool(tool: 'promtool' | 'amtool', ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error });
  return stdout;
}

/** A real Prometheus, of Debian's package, with these samples in its database. */
export class Prometheus {
  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
    private readonly address: string,
  ) {}

  /** @param series of the metric `m_total`, by the value of the label `series`; each in order of time */
  static async start(series: ReadonlyMap<string, readonly Sample[]>): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'tactus-prometheus-'));
    const [text, config, data] = ['samples', 'prometheus.yml', 'data'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const lines = [...series].flatMap(([name, samples]) =>
      samples.map(
        ({ timestamp, value }) => `m_total{series="${name}"} ${value} ${(timestamp / 1_000).toFixed(3)}`,
      ),
    );
    writeFileSync(text, `# TYPE m counter\n${lines.join('\n')}\n# EOF\n`);
    writeFileSync(config, '');
    runTool('promtool', 'tsdb', 'create-blocks-from', 'openmetrics', '--quiet', text, data);
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${data}`,
        '--storage.tsdb.retention.time=100y',
        '--web.listen-address=127.0.0.1:0',
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
    const url = new URL(`http://${this.address}/api/v1/query`);
    url.searchParams.set('query', expression);
    url.searchParams.set('time', (at / 1_000).toFixed(3));
    const answer = (await (await fetch(url)).json()) as {
      data: { result: { metric: { series: string }; value: [number, string] }[] };
    };
    return new Map(answer.data.result.map(({ metric, value }) => [metric.series, Number(value[1])]));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
