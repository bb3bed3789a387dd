import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedStack, type ServerName, startStack } from '../../services/up/embedded/stack.js';
import { ownPrefix } from './own-prefix.js';
import { PlainClient, type PlainPoint } from './plain-client.js';
import { pointOf } from './point.js';
import { PARTITIONS } from './servers.js';
import { WorkerProcess } from './worker-process.js';

/** A stack of one's own, for tests that break servers, with workers and a plain client on it. */
export class PipelineFixture {
  readonly prefix = ownPrefix('fault');
  readonly #workers: WorkerProcess[] = [];
  #sent = 0;

  private constructor(
    readonly stack: EmbeddedStack,
    private readonly dataDir: string,
  ) {}

  static async start(only?: readonly ServerName[]): Promise<PipelineFixture> {
    const dataDir = mkdtempSync(join(tmpdir(), 'tactus-fault-'));
    return new PipelineFixture(
      await startStack(only === undefined ? { dataDir } : { dataDir, only }),
      dataDir,
    );
  }

  client(): PlainClient {
    return new PlainClient(this.stack.env, this.prefix);
  }

  worker(name: string, env: Readonly<Record<string, string>> = {}): WorkerProcess {
    const worker = new WorkerProcess(name, {
      ...this.stack.env,
      ...PARTITIONS,
      TOPIC_PREFIX: this.prefix,
      ...env,
    });
    this.#workers.push(worker);
    return worker;
  }

  /** Valid points with ids of their own, of one tenant and `metrics` different metrics. */
  points(count: number, metrics = 8): PlainPoint[] {
    const now = Date.now();
    return Array.from({ length: count }, () => {
      const number = this.#sent++;
      return pointOf({
        tenantId: this.prefix,
        metric: `m${number % metrics}`,
        tags: { host: 'a' },
        timestamp: now,
        value: number,
        id: `id-${number}`,
      });
    });
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers) {
      // What a failing test needs to know first.
      if ((await worker.stop()) !== 0)
        process.stdout.write(`${worker.name} ended badly:\n${worker.output}\n`);
    }
    await this.stack.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export function messagesOf(points: readonly PlainPoint[], encode: (value: object) => Buffer) {
  return points.map((point) => ({ key: `${point.tenantId}|${point.metric}`, value: encode(point) }));
}
