import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Format, FormatRequest, RecordSink } from '../../../../services/gateway/formats/format.js';
import { lineProtocol1, lineProtocol2 } from '../../../../services/gateway/formats/line-protocol/format.js';
import { otlpMetrics } from '../../../../services/gateway/formats/otlp/format.js';
import { Outcome } from '../../../../services/gateway/formats/outcome.js';
import { remoteWrite } from '../../../../services/gateway/formats/remote-write/format.js';
import { HISTOGRAM, PointColumns, SAME_ITEM } from '../../../../services/gateway/points/point-columns.js';
import { SeriesCache } from '../../../../services/gateway/points/series-cache.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { NOON } from './collect.js';
import { encoded } from './messages.js';

/** Decodes and answers as the gateway does, but writes nothing; points of the metric `bad` are refused. */
function send(format: Format, body: Buffer, contentType = '', query = '') {
  const outcome = new Outcome();
  const columns = new PointColumns();
  const rejection = { code: 'TACTUS_TIMESTAMP_OUT_OF_RANGE', message: 'too old' } as const;
  const sink: Pick<RecordSink, 'columns' | 'cache' | 'checkSeries'> = {
    cache: new SeriesCache({ maxBytes: 1_000_000, maxTenantBytes: 1_000_000 }),
    checkSeries: () => null,
    columns(_tenantId, _source, decode) {
      columns.begin(({ length, series, item, flags }) => {
        for (let i = 0; i < length; i++) {
          const flag = flags[i] as number;
          if ((flag & SAME_ITEM) !== 0) continue;
          const why = series[i]?.rejection ?? (series[i]?.metric.startsWith('bad') ? rejection : null);
          if (why !== null) outcome.refuse(item[i] as number, why);
          else {
            outcome.accepted += 1;
            if ((flag & HISTOGRAM) !== 0) outcome.histograms += 1;
          }
        }
      });
      decode(columns);
      columns.flush();
    },
  };
  const request: FormatRequest = {
    ...{ tenantId: 'acme', allows: () => true, body, headers: { 'content-type': contentType } },
    ...{
      mediaType: contentType.split(';')[0] as string,
      query: new URLSearchParams(query),
      source: null,
      now: NOON,
    },
  };
  format.decode(request, sink as RecordSink, outcome);
  return format.answer(outcome, request);
}

const refusal = {
  status: 503,
  error: new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'Kafka is away'),
  retryAfterS: 6,
};

describe('answers of remote write', () => {
  const VERSION_2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
  const samples = [
    { value: 1, timestamp: NOON },
    { value: Number.NaN, timestamp: NOON },
  ];
  const body = (...metrics: string[]) =>
    encoded('Request', {
      symbols: ['', '__name__', ...metrics],
      timeseries: metrics.map((_, i) => ({ labelsRefs: [1, 2 + i], samples })),
    });

  it('are 204, or 400 where a sample is refused, with exact counts in version 2.0', () => {
    const all = send(remoteWrite(), body('m', 'n'), VERSION_2);
    assert.equal(all.status, 204);
    assert.equal(all.headers['x-prometheus-remote-write-samples-written'], '4');
    assert.equal(all.headers['x-prometheus-remote-write-exemplars-written'], '0');
    const part = send(remoteWrite(), body('m', 'bad'), VERSION_2);
    assert.equal(part.status, 400);
    assert.equal(part.headers['x-prometheus-remote-write-samples-written'], '3');
    assert.match(String(part.body), /^1 samples are refused.*\ntimeseries 1: TACTUS_TIMESTAMP_OUT_OF_RANGE/);
    const old = encoded('WriteRequest', {
      timeseries: [{ labels: [{ name: '__name__', value: 'm' }], samples }],
    });
    assert.deepEqual(send(remoteWrite(), old, 'application/x-protobuf'), {
      status: 204,
      headers: {},
      body: '',
    });
  });

  it('count a histogram that ends a series as written, and as no sample', () => {
    const STALE = 12345.678;
    const request = encoded('Request', {
      symbols: ['', '__name__', 'h', 'bad'],
      timeseries: [
        {
          labelsRefs: [1, 2],
          histograms: [
            { countInt: 1, sum: 1 },
            { countInt: 0, sum: STALE },
          ],
        },
        { labelsRefs: [1, 3], samples: [{ value: 1, timestamp: NOON }] },
      ],
    });
    const at = request.indexOf(Buffer.from(new Float64Array([STALE]).buffer));
    request.writeBigUInt64LE(0x7ff0000000000002n, at);
    const { status, headers } = send(remoteWrite(), request, VERSION_2);
    assert.deepEqual(
      [
        status,
        headers['x-prometheus-remote-write-samples-written'],
        headers['x-prometheus-remote-write-histograms-written'],
      ],
      [400, '0', '2'],
    );
  });

  it('refuse other types with 415, and what is none of it with 400', () => {
    const code = (code: string) => (error: unknown) => error instanceof TactusError && error.code === code;
    assert.throws(() => send(remoteWrite(), body('m'), 'text/plain'), code('TACTUS_BODY_UNSUPPORTED'));
    assert.throws(
      () => send(remoteWrite(), body('m'), 'application/x-protobuf;proto=other'),
      code('TACTUS_BODY_UNSUPPORTED'),
    );
    assert.throws(() => send(remoteWrite(), Buffer.of(0x0a, 0x7f)), code('TACTUS_BODY_UNDECODABLE'));
  });
});

describe('answers of OTLP', () => {
  const body = (...names: string[]) =>
    encoded('ExportMetrics', {
      resourceMetrics: [
        {
          scopeMetrics: [
            { metrics: names.map((name) => ({ name, gauge: { dataPoints: [{ asDouble: 1 }] } })) },
          ],
        },
      ],
    });

  it('are empty when all is written, and else a partial success', () => {
    const all = send(otlpMetrics(), body('m'), 'application/x-protobuf');
    assert.deepEqual([all.status, all.body.length], [200, 0]);
    const part = send(otlpMetrics(), body('m', 'bad'), 'application/x-protobuf');
    assert.equal(part.status, 200);
    // Field 1 with bytes; in it field 1, a varint of 1, and field 2, the text.
    assert.deepEqual([...(part.body as Buffer).subarray(2, 5)], [0x08, 1, 0x12]);
    assert.match(String(part.body), /data point 1: TACTUS_TIMESTAMP_OUT_OF_RANGE: too old/);
  });

  it('are a google.rpc.Status when the request is refused', () => {
    const { status, headers, body } = otlpMetrics().refuse(refusal, {});
    assert.deepEqual([status, headers['content-type']], [503, 'application/x-protobuf']);
    assert.deepEqual([...(body as Buffer).subarray(0, 3)], [0x08, 14, 0x12]);
  });
});

describe('answers of the line protocol', () => {
  it('are 204, or a partial write, in the words of each version', () => {
    const body = Buffer.from('m f=1\nm g="text"\nbad f=1\n');
    const [one, two] = [send(lineProtocol1, body), send(lineProtocol2, body)];
    assert.equal(send(lineProtocol1, Buffer.from('m f=1')).status, 204);
    assert.equal(send(lineProtocol2, Buffer.from('m f=1'), '', 'precision=ms').status, 204);
    const { error } = JSON.parse(String(one.body)) as { error: string };
    assert.match(error, /^partial write: line 2: field "g" is a string.*; line 3: too old dropped=2$/);
    assert.equal(one.headers['x-influxdb-error'], error);
    const { code, message, line } = JSON.parse(String(two.body)) as Record<string, unknown>;
    assert.deepEqual([one.status, two.status, code, message, line], [400, 400, 'invalid', error, 2]);
  });

  it('are those of InfluxDB when the request is refused', () => {
    assert.match(String(lineProtocol1.refuse(refusal, {}).body), /"error":"TACTUS_KAFKA_UNAVAILABLE/);
    assert.match(String(lineProtocol2.refuse(refusal, {}).body), /"code":"unavailable"/);
  });
});
