import { encoded } from '../services/gateway/formats/messages.js';

/* What senders of points send, and how: as much of each format as is needed. */

export const FORMAT_NAMES = ['remote-write-1', 'remote-write-2', 'otlp', 'json', 'line-protocol'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

export interface SentSeries {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How a format is sent. */
export interface SentFormat {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A body with these samples, all of one time. */
  readonly encode: (of: readonly SentSeries[], time: number) => Buffer;
  /** The bytes of a time in a body. */
  readonly time: (ms: number) => Buffer;
  /** With snappy. */
  readonly packed: boolean;
}

const PROTOBUF = 'application/x-protobuf';

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

export const SENT_FORMATS: Readonly<Record<FormatName, SentFormat>> = {
  'remote-write-1': {
    ...{ path: '/api/v1/write', time: varint, packed: true },
    headers: { 'content-type': PROTOBUF, 'content-encoding': 'snappy' },
    encode: (of, time) =>
      encoded('WriteRequest', {
        timeseries: of.map(({ metric, tags, value }) => ({
          labels: Object.entries({ __name__: metric, ...tags }).map(([name, value]) => ({ name, value })),
          samples: [{ value, timestamp: time }],
        })),
      }),
  },
  'remote-write-2': {
    ...{ path: '/api/v1/write', time: varint, packed: true },
    headers: {
      'content-type': `${PROTOBUF};proto=io.prometheus.write.v2.Request`,
      'content-encoding': 'snappy',
    },
    encode: (of, time) => {
      const symbols = new Map([['', 0]]);
      const place = (text: string) => symbols.get(text) ?? symbols.set(text, symbols.size).size - 1;
      const timeseries = of.map(({ metric, tags, value }) => ({
        labelsRefs: Object.entries({ __name__: metric, ...tags }).flatMap((pair) => pair.map(place)),
        samples: [{ value, timestamp: time }],
        metadata: { type: 2, unitRef: place('seconds') },
      }));
      return encoded('Request', { symbols: [...symbols.keys()], timeseries });
    },
  },
  otlp: {
    ...{ path: '/v1/metrics', time: nanos, packed: false, headers: { 'content-type': PROTOBUF } },
    encode: (of, time) => {
      const metrics = Object.entries(Object.groupBy(of, ({ metric }) => metric)).map(
        ([name, points = []]) => {
          const dataPoints = points.map(({ tags, value }) => ({
            ...{ asDouble: value, timeUnixNano: `${time}000000` },
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
    encode: (of, time) => Buffer.from(JSON.stringify(of.map((one) => ({ ...one, timestamp: time })))),
  },
  'line-protocol': {
    ...{
      path: '/write?precision=ms',
      time: decimal,
      packed: false,
      headers: { 'content-type': 'text/plain' },
    },
    encode: (of, time) =>
      Buffer.from(
        of
          .map(({ metric, tags, value }) => {
            const pairs = Object.entries(tags).map(([name, text]) => `,${name}=${text}`);
            return `${metric}${pairs.join('')} value=${value} ${time}\n`;
          })
          .join(''),
      ),
  },
};
