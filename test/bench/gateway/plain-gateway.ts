import { createHash } from 'node:crypto';
import avro from 'avsc';
import fastify from 'fastify';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { uncompressSync } from 'snappy';
import { messageType } from '../../services/gateway/formats/messages.js';
import { POINT_SCHEMA } from '../../support/plain-client.js';

/*
 * The gateway as it is written when nobody looks at the time: fastify, protobufjs, avsc and kafkajs, an object for each point
 * and a produce for each request. `BROKERS TOPIC`. It checks nothing.
 */

interface Point {
  readonly metric: string;
  readonly tags: Record<string, string>;
  readonly timestamp: number;
  readonly value: number;
  readonly unit: string | null;
}

interface Labelled {
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly labelsRefs: readonly number[];
  readonly samples: readonly { readonly value: number; readonly timestamp: number }[];
  readonly metadata?: { readonly unitRef: number };
}

interface Otlp {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly unit: string;
        readonly gauge: {
          readonly dataPoints: readonly {
            readonly timeUnixNano: string;
            readonly asDouble: number;
            readonly attributes: readonly {
              readonly key: string;
              readonly value: { readonly stringValue: string };
            }[];
          }[];
        };
      }[];
    }[];
  }[];
}

const [brokers = '', topic = ''] = process.argv.slice(2);
const TENANT = 'acme';
const SCHEMA_ID = 1;
const type = avro.Type.forSchema(POINT_SCHEMA as unknown as avro.Schema);
const head = Buffer.alloc(5);
head.writeInt32BE(SCHEMA_ID, 1);

function messageOf(name: string, body: Buffer): unknown {
  const found = messageType(name);
  return found.toObject(found.decode(body), { longs: String, arrays: true, defaults: true });
}

function remoteWrite(body: Buffer, isVersion2: boolean): Point[] {
  const message = messageOf(isVersion2 ? 'Request' : 'WriteRequest', uncompressSync(body) as Buffer);
  const { timeseries, symbols = [] } = message as { timeseries: Labelled[]; symbols?: string[] };
  return timeseries.flatMap(({ labels, labelsRefs, samples, metadata }) => {
    const tags: Record<string, string> = {};
    if (isVersion2)
      for (let i = 0; i < labelsRefs.length; i += 2)
        tags[symbols[labelsRefs[i] as number] as string] = symbols[labelsRefs[i + 1] as number] as string;
    else for (const { name, value } of labels) tags[name] = value;
    const { __name__: metric = '', ...others } = tags;
    const unit = metadata === undefined ? null : (symbols[metadata.unitRef] ?? null);
    return samples.map(({ value, timestamp }) => ({
      ...{ metric, tags: others, value, unit },
      timestamp: Number(timestamp),
    }));
  });
}

function otlp(body: Buffer): Point[] {
  return (messageOf('ExportMetrics', body) as Otlp).resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, unit, gauge }) =>
        gauge.dataPoints.map(({ timeUnixNano, asDouble, attributes }) => ({
          ...{ metric: name, unit, value: asDouble, timestamp: Number(BigInt(timeUnixNano) / 1_000_000n) },
          tags: Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue])),
        })),
      ),
    ),
  );
}

function lines(body: Buffer): Point[] {
  return body
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [series = '', field = '', time = ''] = line.split(' ');
      const [measurement = '', ...pairs] = series.split(',');
      const [name = '', value = ''] = field.split('=');
      const tags = Object.fromEntries(pairs.map((pair) => pair.split('=')));
      return {
        metric: `${measurement}.${name}`,
        tags,
        timestamp: Number(time),
        value: Number(value),
        unit: null,
      };
    });
}

function json(body: Buffer): Point[] {
  const parsed = JSON.parse(body.toString()) as Point | Point[];
  return (Array.isArray(parsed) ? parsed : [parsed]).map((point) => ({ ...point, unit: null }));
}

const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();

async function write(points: readonly Point[]): Promise<void> {
  const messages = points.map((point) => {
    const series = JSON.stringify([point.metric, Object.entries(point.tags).sort()]);
    const id = createHash('sha256').update(series).digest('base64url').slice(0, 22) + point.timestamp;
    const value = type.toBuffer({ ...point, tenantId: TENANT, id, source: 'bench' });
    return { key: `${TENANT}|${point.metric}`, value: Buffer.concat([head, value]) };
  });
  await producer.send({ topic, messages, acks: -1 });
}

const app = fastify({ bodyLimit: 33_554_432 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
const route = (path: string, read: (body: Buffer, contentType: string) => Point[]) =>
  app.post(path, async (request, reply) => {
    await write(read(request.body as Buffer, request.headers['content-type'] ?? ''));
    return reply.code(204).send();
  });
route('/api/v1/write', (body, contentType) => remoteWrite(body, contentType.includes('v2')));
route('/v1/metrics', otlp);
route('/api/v1/metrics', json);
route('/write', lines);
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listening on ${new URL(address).port}\n`);
process.once('SIGTERM', () => void app.close().then(() => producer.disconnect()));
