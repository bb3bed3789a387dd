import { compressSync } from 'snappy';
import { encoded } from '../../services/gateway/formats/messages.js';

export const FORMAT_NAMES = ['remote-write-1', 'remote-write-2', 'otlp', 'json', 'line-protocol'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

export const BODY_SAMPLES = 1_000;
/** 10,000 series. */
export const BODIES = 10;
const METRICS = 100;
/** What stands for the time in what is encoded once: it has as many digits as any of these years. */
const MARK = 1_700_049_600_123;

interface Series {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How a format is sent. */
export interface FormatBodies {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes of a body with these samples, and of their times in it. */
  readonly encode: (of: readonly Series[]) => Buffer;
  readonly time: (ms: number) => Buffer;
  readonly packed: boolean;
}

const PROTOBUF = 'application/x-protobuf';

/** Nine labels, as Prometheus has them of what it finds in Kubernetes. */
function seriesOf(body: number): Series[] {
  return Array.from({ length: BODY_SAMPLES }, (_, i) => {
    const number = body * BODY_SAMPLES + i;
    const pod = Math.floor(number / METRICS);
    return {
      metric: `http_server_request_seconds_${number % METRICS}`,
      tags: {
        cluster: 'eu-1',
        container: 'server',
        instance: `10.0.${pod >> 3}.${pod}:9090`,
        job: 'shop/api',
        method: 'GET',
        namespace: 'shop',
        pod: `api-5d8f7c9b4-${pod.toString(36).padStart(5, 'x')}`,
        route: '/api/v1/orders/:id',
      },
      value: number * 1.25,
    };
  });
}

const attribute = ([key, stringValue]: readonly [string, string]) => ({ key, value: { stringValue } });

function varint(ms: number): Buffer {
  const bytes: number[] = [];
  let left = ms;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left]);
}

function nanos(ms: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(ms) * 1_000_000n);
  return bytes;
}

const decimal = (ms: number) => Buffer.from(String(ms));

export const FORMATS: Readonly<Record<FormatName, FormatBodies>> = {
  'remote-write-1': {
    ...{ path: '/api/v1/write', time: varint, packed: true },
    headers: { 'content-type': PROTOBUF, 'content-encoding': 'snappy' },
    encode: (of) =>
      encoded('WriteRequest', {
        timeseries: of.map(({ metric, tags, value }) => ({
          labels: Object.entries({ __name__: metric, ...tags }).map(([name, value]) => ({ name, value })),
          samples: [{ value, timestamp: MARK }],
        })),
      }),
  },
  'remote-write-2': {
    ...{ path: '/api/v1/write', time: varint, packed: true },
    headers: {
      'content-type': `${PROTOBUF};proto=io.prometheus.write.v2.Request`,
      'content-encoding': 'snappy',
    },
    encode: (of) => {
      const symbols = new Map([['', 0]]);
      const place = (text: string) => symbols.get(text) ?? symbols.set(text, symbols.size).size - 1;
      const timeseries = of.map(({ metric, tags, value }) => ({
        labelsRefs: Object.entries({ __name__: metric, ...tags }).flatMap((pair) => pair.map(place)),
        samples: [{ value, timestamp: MARK }],
        metadata: { type: 2, unitRef: place('seconds') },
      }));
      return encoded('Request', { symbols: [...symbols.keys()], timeseries });
    },
  },
  otlp: {
    ...{ path: '/v1/metrics', time: nanos, packed: false, headers: { 'content-type': PROTOBUF } },
    encode: (of) => {
      const metrics = Object.entries(Object.groupBy(of, ({ metric }) => metric)).map(
        ([name, points = []]) => {
          const dataPoints = points.map(({ tags, value }) => ({
            ...{ asDouble: value, timeUnixNano: `${MARK}000000` },
            attributes: Object.entries(tags).map(attribute),
          }));
          return { name, unit: 's', gauge: { dataPoints } };
        },
      );
      const resource = { attributes: [attribute(['service.name', 'api'])] };
      return encoded('ExportMetrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
    },
  },
  json: {
    ...{ path: '/api/v1/metrics', time: decimal, packed: false },
    headers: { 'content-type': 'application/json' },
    encode: (of) => Buffer.from(JSON.stringify(of.map((one) => ({ ...one, timestamp: MARK })))),
  },
  'line-protocol': {
    ...{
      path: '/write?precision=ms',
      time: decimal,
      packed: false,
      headers: { 'content-type': 'text/plain' },
    },
    encode: (of) =>
      Buffer.from(
        of
          .map(({ metric, tags, value }) => {
            const pairs = Object.entries(tags).map(([name, text]) => `,${name}=${text}`);
            return `${metric}${pairs.join('')} value=${value} ${MARK}\n`;
          })
          .join(''),
      ),
  },
};

/** A body, and where its times are. */
interface Base {
  readonly bytes: Buffer;
  readonly places: readonly number[];
}

/** The bodies of a format, all series after ten of them. */
export class Bodies {
  readonly #bases: readonly Base[];

  constructor(private readonly format: FormatBodies) {
    const mark = format.time(MARK);
    this.#bases = Array.from({ length: BODIES }, (_, body) => {
      const bytes = format.encode(seriesOf(body));
      const places: number[] = [];
      for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) places.push(at);
      if (places.length !== BODY_SAMPLES) throw new Error(`found ${places.length} times in a body`);
      return { bytes, places };
    });
  }

  /** @param time of all its samples */
  take(number: number, time: number): Buffer {
    const { bytes, places } = this.#bases[number % BODIES] as Base;
    const text = this.format.time(time);
    for (const at of places) text.copy(bytes, at);
    return this.format.packed ? (compressSync(bytes) as Buffer) : Buffer.from(bytes);
  }

  /** How often all series have come before this body. */
  static round(number: number): number {
    return Math.floor(number / BODIES);
  }
}
