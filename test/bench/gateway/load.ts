import { Agent } from 'node:http';
import { post } from '../../support/post.js';
import { type FormatName, SENT_FORMATS } from '../../support/sent-formats.js';
import { BODIES, BODY_SAMPLES, Bodies } from './bodies.js';
import type { Target } from './contenders.js';

/** Times of the samples begin so long ago: far enough that none of a run is in the future. */
const BEGIN_MS = 3_000_000;
const ROUND_MS = 1_000;
const SINGLE_PER_SECOND = 500;
/** So many that none of the single points waits for a connection. */
const SINGLE_CONNECTIONS = 100;
const TICK_MS = 2;

/** Sends bodies to one gateway, and says how many were not taken. */
export class Load {
  readonly #agent: Agent;
  readonly #singles = new Agent({ keepAlive: true, maxSockets: SINGLE_CONNECTIONS });
  readonly #began = Date.now() - BEGIN_MS;
  readonly problems: string[] = [];
  #next = 0;

  constructor(
    private readonly target: Target,
    private readonly connections: number,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /**
   * Each connection has series of its own, so that the samples of a series arrive in order, which Prometheus asks for.
   *
   * @returns when the first was sent and the last one answered, in ms since the epoch
   */
  async bodies(name: FormatName, bodies: Bodies, samples: number): Promise<{ from: number; to: number }> {
    const { path, headers } = SENT_FORMATS[name];
    const first = this.#next;
    // Whole rounds, so that the next call begins with the first series.
    this.#next += BODIES * Math.ceil(samples / BODY_SAMPLES / BODIES);
    const end = first + Math.ceil(samples / BODY_SAMPLES);
    const from = Date.now();
    const sender = async (connection: number) => {
      for (let number = first + connection; number < end; number += this.connections) {
        const body = bodies.take(number, this.#began + ROUND_MS * Bodies.round(number));
        await this.#post(this.#agent, path, headers, body);
      }
    };
    await Promise.all(Array.from({ length: this.connections }, (_, i) => sender(i)));
    return { from, to: Date.now() };
  }

  /** Single points at a fixed rate, whatever becomes of them; the times from when each was due to its answer. */
  async singles(seconds: number): Promise<number[]> {
    const { path, headers } = SENT_FORMATS.json;
    const times: number[] = [];
    const sent: Promise<void>[] = [];
    const began = performance.now();
    for (let number = 0; number < seconds * SINGLE_PER_SECOND; ) {
      const due = Math.floor(((performance.now() - began) / 1_000) * SINGLE_PER_SECOND);
      for (; number <= due; number++) {
        const at = began + (number / SINGLE_PER_SECOND) * 1_000;
        const point = {
          metric: 'single',
          value: number,
          tags: { host: `web-${number % 10}` },
          timestamp: Date.now(),
        };
        const body = Buffer.from(JSON.stringify(point));
        sent.push(
          this.#post(this.#singles, path, headers, body).then(() => void times.push(performance.now() - at)),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    await Promise.all(sent);
    return times.sort((a, b) => a - b);
  }

  close(): void {
    this.#agent.destroy();
    this.#singles.destroy();
  }

  async #post(
    agent: Agent,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
  ): Promise<void> {
    const { port, key } = this.target;
    const given = { ...headers, authorization: `Bearer ${key}`, 'content-length': String(body.length) };
    const { status, text } = await post({ port, path, headers: given, body, agent });
    if (status >= 300) this.problems.push(`answered ${status}: ${text.slice(0, 200)}`);
  }
}
