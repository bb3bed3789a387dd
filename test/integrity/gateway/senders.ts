import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { post, type SentAnswer } from '../../support/post.js';
import type { Findings } from '../findings.js';
import type { Calm } from './calm.js';
import { type Sendable, Stream, WAYS } from './streams.js';

/** Of each way in. */
const SENDERS = 4;
const ITEMS_PER_BODY = 20;
const NO_ANSWER_MS = 15_000;
/** Without a word from the gateway. */
const RETRY_MS = 200;

export interface SendersOptions {
  /** Items per second, of all together. */
  readonly rate: number;
  /** Keys of tenants that keep to their limits. */
  readonly keys: ReadonlyMap<string, string>;
  /** Where a gateway listens now, as a balancer chooses it; undefined for none. */
  readonly port: () => number | undefined;
  readonly calm: Pick<Calm, 'since'>;
  readonly findings: Findings;
}

/** What became of the requests of a time. */
export interface Health {
  acknowledged: number;
  refused: number;
  /** Of those acknowledged, until the answer. */
  readonly times: number[];
}

/** Sends in every format as real senders do: a body again, and unchanged, until it is acknowledged. */
export class Senders {
  readonly streams: readonly Stream[];
  /** Attempts that were answered 503, or not at all. */
  failures = 0;
  readonly #watching = new Set<Health>();
  readonly #stopping = new AbortController();
  readonly #agent = new Agent({ keepAlive: true });
  #done: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SendersOptions) {
    const tenants = [...options.keys.keys()];
    this.streams = [...WAYS.keys()].flatMap((format) =>
      Array.from({ length: SENDERS }, (_, i) => {
        const tenant = tenants[i % tenants.length] as string;
        return new Stream(tenant, format, `${format.replaceAll('-', '_')}_${i}`, ITEMS_PER_BODY);
      }),
    );
  }

  get sent(): number {
    return this.streams.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  }

  start(): void {
    this.#done = Promise.all(this.streams.map((stream, i) => this.#run(stream, i)));
    // What goes wrong is for who stops them.
    this.#done.catch(() => {});
  }

  /** Resolves when nobody sends any more; what was not acknowledged by then stays so. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    this.#agent.destroy();
  }

  /** Each has a metric of its own: who sends to a partition without a leader is answered 503, and the others go on. */
  async holdBack(): Promise<() => void> {
    return () => {};
  }

  /** What becomes of requests while `work` goes on. */
  async health<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly health: Health }> {
    const health: Health = { acknowledged: 0, refused: 0, times: [] };
    this.#watching.add(health);
    try {
      return { result: await work(), health };
    } finally {
      this.#watching.delete(health);
      health.times.sort((a, b) => a - b);
    }
  }

  async #run(stream: Stream, number: number): Promise<void> {
    const { signal } = this.#stopping;
    const everyMs = (this.streams.length * ITEMS_PER_BODY * 1_000) / this.options.rate;
    await this.#wait((number / this.streams.length) * everyMs);
    while (!signal.aborted) {
      const began = performance.now();
      const { sendable, acknowledge } = stream.next(Date.now());
      if (await this.#deliver(stream, sendable)) acknowledge();
      await this.#wait(began + everyMs - performance.now());
    }
  }

  /** @returns false when it is given up: at the end, or because it was refused for good */
  async #deliver(stream: Stream, sendable: Sendable): Promise<boolean> {
    const { calm, findings } = this.options;
    for (let attempt = 0; ; attempt++) {
      const began = performance.now();
      const answer = await this.#attempt(stream, sendable, attempt);
      const ms = performance.now() - began;
      const status = typeof answer === 'string' ? 0 : answer.status;
      if (status >= 200 && status < 300) {
        for (const health of this.#watching) {
          health.acknowledged += 1;
          health.times.push(ms);
        }
        return true;
      }
      for (const health of this.#watching) health.refused += 1;
      const what = typeof answer === 'string' ? answer : `${status} ${answer.text.slice(0, 200)}`;
      if (status !== 0 && status !== 503) {
        findings.add('requests refused for good', `${stream.format}: ${what}`);
        return false;
      }
      this.failures += 1;
      if (calm.since(began))
        findings.add('requests not taken while all was well', `${stream.format}: ${what}`);
      if (this.#stopping.signal.aborted) return false;
      await this.#wait(typeof answer === 'string' ? RETRY_MS : retryAfterMs(answer));
      if (this.#stopping.signal.aborted) return false;
    }
  }

  /** @returns the answer, or why there was none */
  async #attempt(
    stream: Stream,
    { path, headers, body }: Sendable,
    attempt: number,
  ): Promise<SentAnswer | string> {
    const port = this.options.port();
    if (port === undefined) return 'there is no gateway';
    const given = {
      ...{ ...headers, authorization: `Bearer ${this.options.keys.get(stream.tenant)}` },
      ...(attempt > 0 && { 'retry-attempt': String(attempt) }),
    };
    try {
      return await post({ port, path, headers: given, body, agent: this.#agent, timeoutMs: NO_ANSWER_MS });
    } catch (error) {
      return String(error);
    }
  }

  async #wait(ms: number): Promise<void> {
    await pause(Math.max(0, ms), undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

function retryAfterMs({ headers }: SentAnswer): number {
  const seconds = Number(headers['retry-after']);
  return seconds > 0 ? seconds * 1_000 : RETRY_MS;
}
