import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { LocalGateway } from '../../../support/local-gateway.js';
import { decoded, encoded } from './messages.js';
import { attribute } from './otlp-message.js';

const PATH = '/v1/logs';
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const TRACE = '5b8efff798038103d269b633813fc60c';
const SPAN = 'eee19b7ec3c1b174';

const AT = Date.now();
const RECORD = {
  timeUnixNano: `${AT}000123`,
  observedTimeUnixNano: `${AT + 5}000000`,
  severityNumber: 17,
  severityText: 'ERROR',
  body: { stringValue: 'payment failed' },
  attributes: [
    attribute('user.id', 'ann'),
    { key: 'tries', value: { intValue: 3 } },
    { key: 'where', value: { kvlistValue: { values: [attribute('city', 'Köln')] } } },
  ],
  eventName: 'payment_failed',
};
const requestOf = (...logRecords: object[]) => ({
  resourceLogs: [
    {
      resource: { attributes: [attribute('service.name', 'shop'), attribute('process.pid', '7')] },
      scopeLogs: [{ scope: { name: 'lib' }, logRecords }],
    },
  ],
});

describe('OTLP logs', () => {
  let gateway: LocalGateway;
  before(async () => {
    gateway = await LocalGateway.start({ TACTUS_GATEWAY_LINGER_MS: '0' });
  });
  beforeEach(() => {
    gateway.records.length = 0;
  });
  after(async () => {
    await gateway.stop();
  });
  const sendJson = (message: unknown) => gateway.post(PATH, JSON.stringify(message));
  const idsOf = async (...records: object[]) => {
    gateway.records.length = 0;
    assert.equal((await sendJson(requestOf(...records))).status, 200);
    return gateway.events.map(({ id }) => id);
  };

  it('become the same events in both encodings', async () => {
    // Ids of traces and spans are hexadecimal in JSON, in either case, and bytes else.
    const ids = { traceId: TRACE.toUpperCase(), spanId: SPAN };
    const bytes = { traceId: Buffer.from(TRACE, 'hex'), spanId: Buffer.from(SPAN, 'hex') };
    const one = await sendJson(requestOf({ ...RECORD, ...ids, flags: 1, more: [] }));
    const two = await gateway.post(PATH, encoded('ExportLogs', requestOf({ ...RECORD, ...bytes })), PROTOBUF);
    assert.deepEqual([one.status, one.text], [200, '{}']);
    assert.match(one.headers['content-type'] ?? '', /^application\/json/);
    assert.deepEqual([two.status, two.text], [200, '']);
    assert.equal(two.headers['content-type'], PROTOBUF['content-type']);
    const [first, second] = gateway.events;
    assert.deepEqual(first, second);
    assert.match(first?.id ?? '', new RegExp(`^${TRACE}-${SPAN}-[\\w-]{22}$`));
    assert.deepEqual(
      { ...first, id: '', attributes: { ...first?.attributes } },
      {
        ...{ id: '', tenantId: 'acme', type: 'payment_failed', timestamp: AT, subjectId: 'ann' },
        attributes: {
          ...{ 'service.name': 'shop', 'otel.scope.name': 'lib', 'user.id': 'ann', tries: 3 },
          ...{ where: '{"city":"Köln"}', body: 'payment failed' },
          ...{ severity_text: 'ERROR', severity_number: 17, trace_id: TRACE, span_id: SPAN },
        },
      },
    );
  });

  it('are of the type that the event has, or of type log', async () => {
    const { eventName, ...unnamed } = RECORD;
    await sendJson(
      requestOf(unnamed, { ...unnamed, attributes: [attribute('event.name', 'old')] }, { body: {} }),
    );
    assert.deepEqual(
      gateway.events.map(({ type, subjectId }) => [type, subjectId]),
      [
        ['log', 'ann'],
        ['old', null],
        ['log', null],
      ],
    );
    assert.equal(eventName, 'payment_failed');
  });

  it('have the same id when they are sent again, and another one when anything in them is another', async () => {
    const inSpan = { ...RECORD, traceId: TRACE, spanId: SPAN };
    const others = [
      RECORD,
      { ...RECORD, timeUnixNano: `${AT}000124` },
      { ...RECORD, body: { stringValue: 'paid' } },
      { ...RECORD, attributes: [] },
      inSpan,
      // A span may have many records.
      { ...inSpan, body: { stringValue: 'paid' } },
    ];
    const ids = await idsOf(...others);
    assert.equal(new Set(ids).size, others.length);
    assert.deepEqual(await idsOf(...others), ids);
    const { timeUnixNano, ...observed } = RECORD;
    assert.equal((await idsOf(observed))[0], (await idsOf(observed))[0]);
    // Nothing says whether it is the same one or another with the same text.
    const { observedTimeUnixNano, ...timeless } = observed;
    assert.notEqual((await idsOf(timeless))[0], (await idsOf(timeless))[0]);
    assert.equal(gateway.events[0]?.type, RECORD.eventName);
    assert.deepEqual(
      [timeUnixNano, observedTimeUnixNano],
      [RECORD.timeUnixNano, RECORD.observedTimeUnixNano],
    );
  });

  it('lose the rest of texts that are longer than an attribute may be, and name them', async () => {
    const body = { stringValue: 'x'.repeat(5_000) };
    await sendJson(requestOf({ ...RECORD, body }));
    const { attributes } = gateway.events[0] ?? {};
    assert.equal(String(attributes?.body).length, 4_096);
    assert.equal(attributes?.truncated, 'body');
  });

  it('are answered with what is refused, in the encoding of the request', async () => {
    const request = requestOf(RECORD, { ...RECORD, timeUnixNano: '1' });
    const answer = await sendJson(request);
    const { partialSuccess } = JSON.parse(answer.text) as { partialSuccess: Record<string, unknown> };
    assert.deepEqual([answer.status, partialSuccess.rejectedLogRecords], [200, '1']);
    assert.match(String(partialSuccess.errorMessage), /^log record 1: TACTUS_TIMESTAMP_OUT_OF_RANGE: /);
    const { bytes } = await gateway.post(PATH, encoded('ExportLogs', request), PROTOBUF);
    const partial = decoded('ExportResponse', bytes).partialSuccess as Record<string, unknown>;
    assert.equal(partial.rejected, '1');
    assert.match(String(partial.errorMessage), /^log record 1: TACTUS_TIMESTAMP_OUT_OF_RANGE: /);
  });

  it('are answered with a google.rpc.Status when they cannot be read', async () => {
    for (const body of ['{', '[]', '{"resourceLogs":1}']) {
      const answer = await gateway.post(PATH, body);
      const { code, message } = JSON.parse(answer.text) as { code: number; message: string };
      assert.deepEqual([answer.status, code], [400, 3], body);
      assert.match(message, /^TACTUS_BODY_UNDECODABLE: /);
    }
    const { bytes } = await gateway.post(PATH, Buffer.of(0x0a, 0x7f), PROTOBUF);
    const { code, message } = decoded('Status', bytes);
    assert.equal(code, 3);
    assert.match(String(message), /^TACTUS_BODY_UNDECODABLE: log record 0: byte 2: /);
    assert.equal((await gateway.post(PATH, 'x', { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await gateway.post(PATH, '{}', { authorization: 'Bearer key-to-read' })).status, 403);
  });
});
