import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { gatewayKeys, KEYS_SECRET } from '../../support/gateway-keys.js';
import { post } from '../../support/post.js';
import { SENT_FORMATS } from '../../support/sent-formats.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { grouped, slope } from '../figures.js';
import { BODY_SAMPLES, Bodies } from '../gateway/bodies.js';
import { onServers } from '../stand.js';
import { grown, inWords, type Memory, MINUTE_MS, ofMinute, SAMPLE_MS, sampled } from './memory.js';
import type { SoakOptions } from './options.js';

const PREFIX = 'soak.';
const PARTITIONS = 4;
const TENANT = 'acme';
const FORMAT = SENT_FORMATS['remote-write-1'];
/** What is due beyond them waits. */
const MOST_UNDER_WAY = 16;
const NO_ANSWER_MS = 30_000;
const TICK_MS = 5;

/** Memory of a gateway under a load that stays the same; false when it grows, or something is not taken. */
export async function runGatewaySoak(options: SoakOptions): Promise<boolean> {
  const needs = { data: null, only: ['kafka', 'registry'], progress: say } as const;
  return await onServers(needs, async ({ stack, workers }) => {
    const env = { ...stack.env, TOPIC_PREFIX: PREFIX, TACTUS_PARTITIONS: String(PARTITIONS) };
    const key = (await gatewayKeys(env, [TENANT])).get(TENANT) as string;
    const gateway = new WorkerProcess('gateway', { ...env, ...KEYS_SECRET, TACTUS_QUOTA_SHARED: 'none' });
    workers.push(gateway);
    await gateway.ready();
    return await new GatewaySoak(options, gateway, key).run();
  });
}

class GatewaySoak {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MOST_UNDER_WAY });
  readonly #minutes: Memory[] = [];
  /** Minute and MB, since the second minute. */
  readonly #resident: [number, number][] = [];
  #acknowledged = 0;
  #problems: string[] = [];
  #peak = 0;

  constructor(
    private readonly options: SoakOptions,
    private readonly gateway: WorkerProcess,
    private readonly key: string,
  ) {}

  async run(): Promise<boolean> {
    const { minutes } = this.options;
    const began = Date.now();
    const watching = async () => {
      for (let minute = 1; minute <= minutes; minute++)
        await this.#minute(minute, began + minute * MINUTE_MS);
    };
    try {
      await Promise.all([this.#send(began + minutes * MINUTE_MS), watching()]);
    } finally {
      this.#agent.destroy();
    }
    const findings = [...this.#problems.slice(0, 5), ...grown('gateway', this.#minutes)];
    say(
      `resident: ${this.#peak.toFixed(0)} MB at most; from the second minute on it grew by ${slope(this.#resident).toFixed(2)} MB a minute`,
    );
    for (const finding of findings) say(finding);
    say(findings.length === 0 ? 'memory is flat, and all samples are acknowledged' : 'FAILED');
    return findings.length === 0;
  }

  /** Each minute one of a hundred series is replaced by another. */
  async #send(end: number): Promise<void> {
    const perSecond = this.options.samples / BODY_SAMPLES;
    const began = Date.now();
    const underWay = new Set<Promise<void>>();
    let bodies = new Bodies(FORMAT);
    let minute = 0;
    for (let number = 0; Date.now() < end; ) {
      const now = Date.now();
      if (Math.floor((now - began) / MINUTE_MS) > minute) bodies = new Bodies(FORMAT, ++minute);
      const due = ((now - began) / 1_000) * perSecond;
      for (; number < due && underWay.size < MOST_UNDER_WAY; number++) {
        const sent = this.#post(bodies.take(number, Date.now())).finally(() => underWay.delete(sent));
        underWay.add(sent);
      }
      await pause(TICK_MS);
    }
    await Promise.all(underWay);
  }

  async #post(body: Buffer): Promise<void> {
    const headers = { ...FORMAT.headers, authorization: `Bearer ${this.key}` };
    const port = this.gateway.httpPort as number;
    try {
      const { status, text } = await post({
        ...{ port, path: FORMAT.path, headers, body, agent: this.#agent, timeoutMs: NO_ANSWER_MS },
      });
      if (status === 204) this.#acknowledged += BODY_SAMPLES;
      else this.#problems.push(`answered ${status}: ${text.slice(0, 200)}`);
    } catch (error) {
      this.#problems.push(String(error));
    }
  }

  async #minute(minute: number, end: number): Promise<void> {
    const samples: Memory[] = [];
    const [before, from] = [this.#acknowledged, Date.now()];
    for (; Date.now() < end; await pause(Math.min(SAMPLE_MS, end - Date.now()))) {
      const memory = await sampled(this.gateway);
      samples.push(memory);
      this.#peak = Math.max(this.#peak, memory.resident);
      if (minute > 1) this.#resident.push([minute + (Date.now() - from) / MINUTE_MS, memory.resident]);
    }
    const memory = ofMinute(samples);
    this.#minutes.push(memory);
    const rate = ((this.#acknowledged - before) * 1_000) / (Date.now() - from);
    say(
      `minute ${minute}: ${grouped(rate)} samples/s acknowledged, ${this.#problems.length} requests not; gateway ${inWords(memory)}`,
    );
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
