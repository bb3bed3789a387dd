import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoteWrite2 } from '../../../../services/gateway/formats/remote-write/version-2.js';
import { Collector, NOON } from './collect.js';

/*
 * A Request as Prometheus writes it: made by its own Go code (prompb/io/prometheus/write/v2 of version 3.8, with
 * NewSymbolTable, FromIntHistogram and FromFloatHistogram), in base64.
 */
const BODY = [
  'IgAiCF9fbmFtZV9fIhNodHRwX3JlcXVlc3RzX3RvdGFsIghpbnN0YW5jZSIKd2ViLTE6OTA5MCIDam9iIgNhcGkiBHBhdGgi',
  'CC9ncsO2w59lIglSZXF1ZXN0cy4iCHJlcXVlc3RzIgh0cmFjZV9pZCIDYWJjIgt0ZW1wZXJhdHVyZSIHY2Vsc2l1cyIHbGF0',
  'ZW5jeSIHc2Vjb25kcypMCggBAgMEBQYHCBIQCQAAAAAAgERAEOiG6Ja9MRIQCQAAAAAAQEVAEID86Ja9MSIUCgILDBEAAAAA',
  'AADwPxiA/OiWvTEqBggBGAkgCipECgYBDQMEBQYSEAkAAAAAAAD0vxCA/OiWvTESEAkBAAAAAAD4fxCB/OiWvTESEAkCAAAA',
  'AADwfxCC/OiWvTEqBAgCIA4qfAoEAQ8FBhonCAkZAAAAAACAMUAgAin8qfHSTWJQPzACWgIQAmICBgJ4gPzolr0xGkURAAAA',
  'AAAAIkAZAAAAAACAMUAgAin8qfHSTWJQPzkAAAAAAAAAQFoCEAJqEAAAAAAAAAhAAAAAAAAAEEBwA3iB/OiWvTEqBAgDIBA=',
].join('');

describe("a remote write 2.0 body of Prometheus' own code", () => {
  it('makes the points that were put into it', () => {
    const counts = { samplesLeftOut: 0, histogramsLeftOut: 0 };
    const { points, refused, leftOut } = new Collector().decode((decoding) =>
      new RemoteWrite2().decode(Buffer.from(BODY, 'base64'), decoding, counts),
    );
    const api = { job: 'api' };
    const web = { ...api, instance: 'web-1:9090' };
    assert.deepEqual(
      points.map(({ metric, tags, value, timestamp, kind, unit }) => [
        metric,
        { ...tags },
        value,
        timestamp - NOON,
        kind,
        unit,
      ]),
      [
        ['http_requests_total', { ...web, path: '/größe' }, 41, -15_000, 'cumulative', 'requests'],
        ['http_requests_total', { ...web, path: '/größe' }, 42.5, 0, 'cumulative', 'requests'],
        ['temperature', web, -1.25, 0, 'gauge', 'celsius'],
        ['latency.count', api, 9, 0, 'cumulative', null],
        ['latency.sum', api, 17.5, 0, 'cumulative', 'seconds'],
        ['latency.count', api, 9, 1, 'gauge', null],
        ['latency.sum', api, 17.5, 1, 'gauge', 'seconds'],
      ],
    );
    assert.deepEqual(refused, []);
    assert.deepEqual(leftOut, { nan: 1, stale: 1 });
    assert.deepEqual(counts, { samplesLeftOut: 2, histogramsLeftOut: 0 });
  });
});
