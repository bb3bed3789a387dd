import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { compressSync } from 'snappy';
import { post, type SentAnswer } from '../../support/post.js';
import { SENT_FORMATS, type SentFormat } from '../../support/sent-formats.js';
import { until } from '../../support/until.js';
import type { Findings } from '../findings.js';
import type { HostileKind } from './kinds.js';
import { SlowSender } from './slow-sender.js';

/** How much of each; 100,000 series in earnest. */
export interface HostileSize {
  readonly connections: number;
  readonly series: number;
  readonly bombMib: number;
  /** Of a body in chunks of one byte each. */
  readonly chunks: number;
  readonly quotaSeconds: number;
}

export interface HostileOptions {
  readonly size: HostileSize;
  /** By tenant; each has a key. */
  readonly keys: ReadonlyMap<string, string>;
  /** Points per second of tenant `noisy`, and seconds of them that may come at once. */
  readonly quota: number;
  readonly burstS: number;
  readonly requestTimeoutMs: number;
  /** Where a gateway listens now; undefined for none. */
  readonly port: () => number | undefined;
  readonly findings: Findings;
}

const MIB = 2 ** 20;
const SERIES_PER_BODY = 1_000;
const CONNECTIONS = 8;
/** All series are new within a minute. */
const MINUTE_MS = 60_000;
/** Of the quota. */
const OVER = 20;
const SENDS_PER_SECOND = 20;
/** Several gateways let in that part more, each of its own, and clocks are not exact. */
const TOLERANCE = 1.25;
/** After the timeout of a request until its connection is closed, on a machine with much else to do. */
const CLOSED_MS = 15_000;
const NO_ANSWER_MS = 30_000;
const PATHS = [...Object.values(SENT_FORMATS).map(({ path }) => path), '/api/v1/events', '/v1/logs'];

/** Senders that keep to no limit; each resolves with what was done, in words. */
export class Hostile {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  /** No series comes twice. */
  #made = 0;
  #bombs: readonly (readonly [encoding: string, body: Buffer])[] | undefined;

  constructor(private readonly options: HostileOptions) {}

  readonly kinds: Readonly<Record<HostileKind, () => Promise<string>>> = {
    slow: () => this.#slow(),
    series: () => this.#series(),
    bombs: () => this.#unpackLarge(),
    quota: () => this.#overQuota(),
  };

  close(): void {
    this.#agent.destroy();
  }

  /** Connections that send a byte now and then: of their headers, or of a body that they have announced as large. */
  async #slow(): Promise<string> {
    const { size, keys, findings, requestTimeoutMs } = this.options;
    const tokens = [...keys.values()];
    const port = await until('a gateway', () => this.options.port());
    const senders = Array.from(
      { length: size.connections },
      (_, i) => new SlowSender(port, i % 2 === 0 ? null : (tokens[(i >> 1) % tokens.length] as string)),
    );
    const began = performance.now();
    try {
      await until(
        'slow connections to be closed',
        () => senders.every(({ closed }) => closed),
        requestTimeoutMs + CLOSED_MS,
      );
    } catch {
      findings.add('slow connections kept', `${senders.filter(({ closed }) => !closed).length} are open`);
    } finally {
      for (const sender of senders) sender.destroy();
    }
    return `${size.connections} slow connections, all closed after ${Math.round(performance.now() - began)} ms`;
  }

  /** One tenant, and no series of it was there before. */
  async #series(): Promise<string> {
    const { series } = this.options.size;
    const statuses = new Map<number, number>();
    const began = performance.now();
    let left = Math.ceil(series / SERIES_PER_BODY);
    const format = SENT_FORMATS['remote-write-1'];
    const sender = async () => {
      while (left > 0 && performance.now() - began < MINUTE_MS) {
        left -= 1;
        const status = await this.#count(statuses, 'mallory', format, this.#fresh(format, SERIES_PER_BODY));
        if (status !== 204) left += 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, sender));
    this.#only(statuses, 'series', [204, 503]);
    if (left > 0) this.options.findings.add('series', `${left * SERIES_PER_BODY} were not taken in a minute`);
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    return `${series} new series in ${seconds} s: ${inWords(statuses)}`;
  }

  /** Bodies that unpack to far more than they are, that say so falsely, and that come byte by byte. */
  async #unpackLarge(): Promise<string> {
    const { findings, keys, size } = this.options;
    this.#bombs ??= bombs(size.bombMib);
    const statuses = new Map<number, number>();
    const all = PATHS.flatMap((path) => (this.#bombs ?? []).map((bomb) => ({ path, bomb })));
    const headers = { authorization: `Bearer ${keys.get('eve')}`, 'content-type': 'application/x-protobuf' };
    const sender = async () => {
      for (let next = all.pop(); next !== undefined; next = all.pop()) {
        const { path, bomb } = next;
        const [encoding, body] = bomb;
        await this.#counted(statuses, path, { ...headers, 'content-encoding': encoding }, body);
      }
    };
    const port = await until('a gateway', () => this.options.port());
    const chunked = SlowSender.inChunks(port, keys.get('eve') as string, size.chunks);
    await Promise.all([chunked, ...Array.from({ length: CONNECTIONS }, sender)]);
    this.#only(statuses, 'bombs', [400, 413, 415, 503]);
    // 0 where the answer was lost with the connection, which is closed before all is read; 408 where a busy machine takes longer than a request may.
    if (![0, 408, 413].includes(await chunked))
      findings.add('bombs', `a body in chunks of a byte: ${await chunked}`);
    return `${PATHS.length * this.#bombs.length} bombs: ${inWords(statuses)}; ${size.chunks} chunks of a byte: ${await chunked}`;
  }

  /** One tenant sends many times its quota, in every format. */
  async #overQuota(): Promise<string> {
    const { size, quota, burstS, findings } = this.options;
    const statuses = new Map<number, number>();
    const formats = Object.values(SENT_FORMATS);
    const perBody = (quota * OVER) / SENDS_PER_SECOND;
    const began = performance.now();
    let accepted = 0;
    const sent: Promise<void>[] = [];
    for (let number = 0; number < size.quotaSeconds * SENDS_PER_SECOND; number++) {
      const format = formats[number % formats.length] as SentFormat;
      const body = this.#fresh(format, perBody);
      sent.push(
        this.#count(statuses, 'noisy', format, body).then((status) => {
          if (status < 300 && status > 0) accepted += perBody;
        }),
      );
      await pause(Math.max(0, began + ((number + 1) * 1_000) / SENDS_PER_SECOND - performance.now()));
    }
    await Promise.all(sent);
    const seconds = (performance.now() - began) / 1_000;
    const allowed = Math.round(quota * (seconds + burstS) * TOLERANCE);
    if (accepted > allowed) findings.add('quota exceeded', `${accepted} points, allowed are ${allowed}`);
    this.#only(statuses, 'quota', [200, 204, 429, 503]);
    return `${sent.length * perBody} points in ${seconds.toFixed(1)} s against ${quota} a second: ${accepted} accepted; ${inWords(statuses)}`;
  }

  #fresh(format: SentFormat, count: number): Buffer {
    const series = Array.from({ length: count }, (_, i) => ({
      ...{ metric: `m${i % 10}`, value: i },
      tags: { request: `r-${this.#made++}`, host: `h${i}`, region: 'eu' },
    }));
    const body = format.encode(series, Date.now());
    return format.packed ? (compressSync(body) as Buffer) : body;
  }

  async #count(
    statuses: Map<number, number>,
    tenant: string,
    { path, headers }: SentFormat,
    body: Buffer,
  ): Promise<number> {
    const authorization = `Bearer ${this.options.keys.get(tenant)}`;
    return await this.#counted(statuses, path, { ...headers, authorization }, body);
  }

  /** @returns the status; 0 where the connection was closed before there was one */
  async #counted(
    statuses: Map<number, number>,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
  ): Promise<number> {
    let answer: Pick<SentAnswer, 'status' | 'headers'> = { status: 0, headers: {} };
    try {
      const port = this.options.port() ?? 0;
      answer = await post({ port, path, headers, body, agent: this.#agent, timeoutMs: NO_ANSWER_MS });
    } catch {
      // Counted as 0.
    }
    const { status } = answer;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if ((status === 429 || status === 503) && !(Number(answer.headers['retry-after']) > 0))
      this.options.findings.add('answers without Retry-After', `${path}: ${status}`);
    return status;
  }

  #only(statuses: ReadonlyMap<number, number>, what: string, allowed: readonly number[]): void {
    for (const [status, count] of statuses)
      if (status !== 0 && !allowed.includes(status))
        this.options.findings.add(`${what} answered otherwise`, `${status}, ${count} times`);
  }
}

function bombs(mib: number): (readonly [string, Buffer])[] {
  const zeros = Buffer.alloc(mib * MIB);
  const lies = Buffer.concat([Buffer.of(0x0a), (compressSync(Buffer.alloc(MIB)) as Buffer).subarray(3)]);
  return [
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['zstd', zstdCompressSync(zeros)],
    // States 4 GiB, and holds nothing.
    ['snappy', Buffer.of(0xff, 0xff, 0xff, 0xff, 0x0f)],
    // States 10 bytes, and holds more.
    ['snappy', lies],
  ];
}

function inWords(statuses: ReadonlyMap<number, number>): string {
  return [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${count} x ${status === 0 ? 'closed' : status}`)
    .join(', ');
}
