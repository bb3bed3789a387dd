import { compressSync } from 'snappy';
import { SENT_FORMATS, type SentSeries } from '../../support/sent-formats.js';

/** As a body is posted. */
export interface Sendable {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** How the items of a stream are sent. */
interface Way {
  readonly topic: 'metrics' | 'events';
  /** What the output names the metric or type that is sent. */
  readonly nameOf: (sent: string) => string;
  /** The same call gives the same body. */
  readonly make: (items: readonly SentSeries[], time: number) => Sendable;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const PLAIN = (sent: string) => sent;

const OF_POINTS: [string, Way][] = Object.entries(SENT_FORMATS).map(
  ([name, { path, headers, ...format }]) => [
    name,
    {
      topic: 'metrics',
      nameOf: name === 'line-protocol' ? (sent) => `${sent}.value` : PLAIN,
      make: (items, time) => {
        const body = format.encode(items, time);
        return { path, headers, body: format.packed ? (compressSync(body) as Buffer) : body };
      },
    },
  ],
);

/** Every way in, by its name: ids of one's own, those that the gateway makes of series and time, and keys of requests. */
export const WAYS: ReadonlyMap<string, Way> = new Map<string, Way>([
  ...OF_POINTS,
  [
    'ndjson',
    {
      topic: 'metrics',
      nameOf: PLAIN,
      make: (items, timestamp) => ({
        path: '/api/v1/metrics',
        headers: { 'content-type': 'application/x-ndjson' },
        body: Buffer.from(
          items
            .map((item) => `${JSON.stringify({ ...item, timestamp, id: `${item.metric}-${item.value}` })}\n`)
            .join(''),
        ),
      }),
    },
  ],
  [
    'events',
    {
      topic: 'events',
      nameOf: PLAIN,
      make: (items) => ({
        path: '/api/v1/events',
        headers: { ...JSON_TYPE, 'idempotency-key': `${items[0]?.metric}-${items[0]?.value}` },
        body: Buffer.from(
          JSON.stringify(
            items.map(({ metric, value }) => ({
              ...{ type: metric, subjectId: 'u-7' },
              attributes: { number: value },
            })),
          ),
        ),
      }),
    },
  ],
]);

/** Items of one metric or type that one sender sends one after the other, numbered from 0. */
export class Stream {
  readonly way: Way;
  /** Of those sent, by the place of their body, whether they were acknowledged. */
  readonly #acknowledged: boolean[] = [];
  #lastTime = 0;

  /** @param format of {@link WAYS} */
  constructor(
    readonly tenant: string,
    readonly format: string,
    readonly name: string,
    private readonly perBody: number,
  ) {
    this.way = WAYS.get(format) as Way;
  }

  /** Key of its records. */
  get key(): string {
    return `${this.tenant}|${this.way.nameOf(this.name)}`;
  }

  /** Items that were sent at least once. */
  get sent(): number {
    return this.#acknowledged.length * this.perBody;
  }

  get acknowledged(): number {
    return this.#acknowledged.filter(Boolean).length * this.perBody;
  }

  wasAcknowledged(number: number): boolean {
    return this.#acknowledged[Math.floor(number / this.perBody)] === true;
  }

  /** The next body, and what is to be called when it is acknowledged. No two have a time in common, of which ids are made. */
  next(now: number): { readonly sendable: Sendable; readonly acknowledge: () => void } {
    this.#lastTime = Math.max(now, this.#lastTime + 1);
    const place = this.#acknowledged.push(false) - 1;
    const items = Array.from({ length: this.perBody }, (_, i) => ({
      ...{ metric: this.name, tags: { host: `h-${i}` } },
      value: place * this.perBody + i,
    }));
    const sendable = this.way.make(items, this.#lastTime);
    const acknowledge = () => {
      this.#acknowledged[place] = true;
    };
    return { sendable, acknowledge };
  }
}
