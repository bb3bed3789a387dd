import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UndecodableError } from '../../../../services/gateway/formats/decoding.js';
import { OtlpJson } from '../../../../services/gateway/formats/otlp/json.js';
import { METRICS_REQUEST } from '../../../../services/gateway/formats/otlp/json-messages.js';
import { OtlpMetrics } from '../../../../services/gateway/formats/otlp/metrics.js';
import { Collector, NOON } from './collect.js';
import { encoded } from './messages.js';
import { NANOS, otlpMessage } from './otlp-message.js';

const json = new OtlpJson();

function pointsOf(body: Buffer) {
  const collector = new Collector();
  return collector.decode((decoding) => void new OtlpMetrics().decode(body, decoding));
}

const read = (message: unknown) => pointsOf(json.transcode(message, METRICS_REQUEST));

/** A request with one metric. */
const requestOf = (metric: object, more: object = {}) => ({
  resourceMetrics: [{ ...more, scopeMetrics: [{ metrics: [metric] }] }],
});
const gauge = (point: object) => ({
  name: 'm',
  gauge: { dataPoints: [{ timeUnixNano: `${NANOS}`, ...point }] },
});

describe('OTLP metrics in JSON', () => {
  it('make the same points as in Protocol Buffers, ids included', () => {
    const message = otlpMessage();
    const parsed: unknown = JSON.parse(JSON.stringify(message));
    assert.deepEqual(read(parsed), pointsOf(encoded('ExportMetrics', message)));
  });

  it('have whole numbers as text or as numbers, and doubles that JSON has no number for as text', () => {
    for (const [point, value] of [
      [{ asInt: '-9007199254740993' }, -9007199254740992],
      [{ asInt: 7 }, 7],
      [{ asDouble: 1.5 }, 1.5],
      [{ asDouble: '1e3' }, 1000],
    ] as const)
      assert.equal(read(requestOf(gauge(point))).points[0]?.value, value, JSON.stringify(point));
    const [point] = read(requestOf(gauge({ asInt: 1, timeUnixNano: NOON * 1e6 }))).points;
    assert.equal(point?.timestamp, NOON);
    assert.deepEqual(read(requestOf(gauge({ asDouble: 'NaN' }))).leftOut, { nan: 1 });
    assert.deepEqual(read(requestOf(gauge({ asDouble: '-Infinity' }))).leftOut, { infinite: 1 });
  });

  it('may have fields that nobody knows, and null for those that are not there', () => {
    const point = { asInt: 1, exemplars: [{ traceId: 'no hex' }], attributes: null, new: { a: [1] } };
    const message = requestOf(gauge(point), { resource: null, schemaUrl: 'https://a.b', deep: [[[]]] });
    assert.equal(read({ ...message, more: 1 }).points.length, 1);
  });

  it('keep values of attributes of all types', () => {
    const attributes = [
      ['s', { stringValue: 'a"ß' }],
      ['b', { boolValue: false }],
      ['i', { intValue: '9223372036854775807' }],
      ['d', { doubleValue: 0.5 }],
      ['y', { bytesValue: 'AAEC' }],
      ['a', { arrayValue: { values: [{ intValue: 1 }, {}] } }],
      ['k', { kvlistValue: { values: [{ key: 'x', value: { boolValue: true } }] } }],
    ].map(([key, value]) => ({ key, value }));
    assert.deepEqual(
      { ...read(requestOf(gauge({ asInt: 1, attributes }))).points[0]?.tags },
      { s: 'a"ß', b: 'false', i: '9223372036854775807', d: '0.5', y: 'AAEC', a: '[1,null]', k: '{"x":true}' },
    );
  });

  it('are refused with the place, the value and what is allowed', () => {
    const place = 'resourceMetrics[0].scopeMetrics[0].metrics[0]';
    const cases: readonly [unknown, string][] = [
      [[], 'the body is a list; allowed is an object'],
      [{ resourceMetrics: {} }, 'resourceMetrics is an object; allowed is a list'],
      [{ resourceMetrics: [null] }, 'resourceMetrics[0] is null; allowed is an object'],
      [requestOf({ name: 7 }), `${place}.name is 7; allowed is text`],
      [
        requestOf(gauge({ asInt: '1.5' })),
        `${place}.gauge.dataPoints[0].asInt is "1.5"; allowed is a whole number, as text or as a number`,
      ],
      [
        requestOf(gauge({ timeUnixNano: -1 })),
        `${place}.gauge.dataPoints[0].timeUnixNano is -1; allowed is a whole number from 0 to 18446744073709551615`,
      ],
      [
        requestOf(gauge({ asDouble: true })),
        `${place}.gauge.dataPoints[0].asDouble is true; allowed is a number, NaN, Infinity or -Infinity`,
      ],
      [
        requestOf({ name: 'm', sum: { aggregationTemporality: 'DELTA' } }),
        `${place}.sum.aggregationTemporality is "DELTA"; allowed is a whole number, as text or as a number`,
      ],
    ];
    for (const [message, why] of cases)
      assert.throws(
        () => read(message),
        (error) => error instanceof UndecodableError && error.message === why,
        why,
      );
  });

  it('are refused, and nothing worse, when values are deep in one another or long', () => {
    let deep: object = { stringValue: 'x' };
    for (let i = 0; i < 10_000; i++) deep = { arrayValue: { values: [deep] } };
    const attributes = [{ key: 'a', value: deep }];
    assert.throws(() => read(requestOf(gauge({ asInt: 1, attributes }))), UndecodableError);
    const text = 'ä'.repeat(400_000);
    const long = read(
      requestOf(gauge({ asInt: 1, attributes: [{ key: 'a', value: { stringValue: text } }] })),
    );
    assert.deepEqual(
      long.refused.map(({ code }) => code),
      ['TACTUS_FIELD_TOO_LONG'],
    );
    assert.equal(read(requestOf(gauge({ asInt: 1 }))).points.length, 1);
  });
});
