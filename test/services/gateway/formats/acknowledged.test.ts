import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import fc from 'fast-check';
import { checkEvent, checkPoint } from '../../../../shared/admission/policy.js';
import { LocalGateway } from '../../../support/local-gateway.js';

/*
 * What is acknowledged is no dead letter afterwards: whatever a body holds, ingest can read the records that were made of it, and
 * lets them in.
 */

let gateway: LocalGateway;
before(async () => {
  gateway = await LocalGateway.start();
});
after(async () => {
  await gateway.stop();
});

/** Any code units: halves of characters, control characters and those beyond 16 bits among them. */
const units = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', '.', '_', ' ') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\ud800', '\udc00', '\u0000', '\u0085', '"', '\\', '|', '__proto__'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
);
const text = fc.oneof(
  fc.array(units, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.array(units, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('').repeat(100)),
);
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(1e150, 1e151, 2 ** 53, -0));
const time = fc.oneof(fc.constant(undefined), fc.constant(Date.now()), fc.integer(), text);
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const point = fc.record(
  {
    metric: text,
    value: number,
    tags: fc.dictionary(text, fc.oneof(text, number), { maxKeys: 4 }),
    ...{ timestamp: time, id: fc.oneof(text, number), unit: text },
    kind: fc.constantFrom('gauge', 'delta', 'cumulative', 'member'),
  },
  { requiredKeys: ['metric', 'value'] },
);
const event = fc.record(
  {
    ...{ type: text, subjectId: text, timestamp: time, id: fc.oneof(text, number) },
    attributes: fc.dictionary(text, fc.oneof(scalar, fc.array(scalar)), { maxKeys: 4 }),
  },
  { requiredKeys: ['type'] },
);
const otlpAttributes = fc.array(fc.record({ key: text, value: fc.record({ stringValue: text }) }), {
  maxLength: 3,
});

async function send(path: string, body: unknown): Promise<void> {
  const { status } = await gateway.post(path, JSON.stringify(body));
  assert.ok([200, 204, 400].includes(status), `${status}`);
}

it('points as JSON, as lines and in OTLP', async () => {
  gateway.records.length = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(point, { maxLength: 10 }), otlpAttributes, async (points, attributes) => {
      await send('/api/v1/metrics', points);
      const lines = points.map(({ metric, tags = {}, value }) => {
        const own = Object.entries(tags).map(([name, tag]) => `,${name}=${tag}`);
        return `${metric}${own.join('')} ${metric}=${value}`;
      });
      await gateway.post('/write', lines.join('\n'), { 'content-type': 'text/plain' });
      const timeUnixNano = `${Date.now()}000000`;
      const metrics = points.map(({ metric: name, unit, value }) => ({
        ...{ name, unit },
        gauge: {
          dataPoints: [{ asDouble: Number.isFinite(value) ? value : 'NaN', timeUnixNano, attributes }],
        },
      }));
      await send('/v1/metrics', {
        resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }],
      });
    }),
    { numRuns: 150 },
  );
  const now = Date.now();
  assert.ok(gateway.points.length > 150, `${gateway.points.length}`);
  for (const each of gateway.points) assert.equal(checkPoint(each, now, gateway.config.ingest), null);
});

it('events as JSON, CloudEvents, calls of Segment and logs', async () => {
  gateway.records.length = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 10 }), otlpAttributes, async (events, attributes) => {
      await send('/api/v1/events', events);
      const batch = events.map(({ type, subjectId, attributes: properties, id }) => ({
        ...{ type: 'track', event: type, userId: subjectId, properties, messageId: id },
      }));
      await send('/v1/batch', { batch });
      const logRecords = events.map(({ type, subjectId = '' }) => ({
        ...{ eventName: type, attributes, body: { stringValue: subjectId.repeat(20) } },
      }));
      await send('/v1/logs', { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] });
      for (const { type, subjectId: subject, attributes: data, id } of events)
        await gateway.post(
          '/api/v1/events',
          JSON.stringify({ specversion: '1.0', source: '/s', id: String(id), type, subject, data }),
          { 'content-type': 'application/cloudevents+json' },
        );
    }),
    { numRuns: 120 },
  );
  const now = Date.now();
  assert.ok(gateway.events.length > 150, `${gateway.events.length}`);
  for (const each of gateway.events) assert.equal(checkEvent(each, now, gateway.config.ingest), null);
});
