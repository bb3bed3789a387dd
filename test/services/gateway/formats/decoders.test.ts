import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Decoding, UndecodableError } from '../../../../services/gateway/formats/decoding.js';
import { LineProtocol } from '../../../../services/gateway/formats/line-protocol/decode.js';
import { precisionOf } from '../../../../services/gateway/formats/line-protocol/precision.js';
import { OtlpMetrics } from '../../../../services/gateway/formats/otlp/metrics.js';
import { RemoteWrite1 } from '../../../../services/gateway/formats/remote-write/version-1.js';
import { RemoteWrite2 } from '../../../../services/gateway/formats/remote-write/version-2.js';
import { randomOf } from '../../../integrity/random.js';
import { Collector, NOON, type Seen } from './collect.js';
import { encoded } from './messages.js';
import { attribute, NANOS, otlpMessage } from './otlp-message.js';

const noCounts = () => ({ samplesLeftOut: 0, histogramsLeftOut: 0 });
const byId = (seen: Seen) => seen.points.map(({ id }) => id);

type Decode = (body: Buffer, decoding: Decoding) => void;
function decoders(): Record<string, Decode> {
  const [one, two, otlp, lines] = [
    new RemoteWrite1(),
    new RemoteWrite2(),
    new OtlpMetrics(),
    new LineProtocol(),
  ];
  return {
    'remote write 1.0': (body, decoding) => one.decode(body, decoding, noCounts()),
    'remote write 2.0': (body, decoding) => two.decode(body, decoding, noCounts()),
    otlp: (body, decoding) => void otlp.decode(body, decoding),
    lines: (body, decoding) => lines.decode(body, precisionOf(null), decoding),
  };
}

const word = fc.stringMatching(/^[a-zé]{1,6}$/);
const labels = fc.dictionary(word, word, { maxKeys: 5, noNullPrototype: true });
const value = fc.double({ noNaN: true, noDefaultInfinity: true });
const series = fc.record({
  metric: word,
  tags: labels,
  values: fc.array(value, { maxLength: 3 }),
  flip: fc.boolean(),
});

function labelsOf({ metric, tags, flip }: { metric: string; tags: Record<string, string>; flip: boolean }) {
  const list = Object.entries({ ...tags, __name__: metric }).map(([name, value]) => ({ name, value }));
  return flip ? list.reverse() : list;
}

describe('remote write', () => {
  const bodies = (
    of: readonly { metric: string; tags: Record<string, string>; values: number[]; flip: boolean }[],
  ) => {
    const symbols = [''];
    const place = (text: string) => {
      if (!symbols.includes(text)) symbols.push(text);
      return symbols.indexOf(text);
    };
    const samples = (values: number[]) => values.map((value, i) => ({ value, timestamp: NOON + i }));
    const timeseries = of.map((one) => ({
      labelsRefs: labelsOf(one).flatMap(({ name, value }) => [place(name), place(value)]),
      samples: samples(one.values),
    }));
    return [
      encoded('WriteRequest', {
        timeseries: of.map((one) => ({ labels: labelsOf(one), samples: samples(one.values) })),
      }),
      encoded('Request', { symbols, timeseries }),
    ] as const;
  };

  it('gives back what was encoded, in both versions, cold and warm, whatever the order of labels', () => {
    const all = decoders();
    const collector = new Collector();
    fc.assert(
      fc.property(fc.array(series, { maxLength: 6 }), (of) => {
        const [one, two] = bodies(of);
        const expected = of.flatMap(({ metric, tags, values }, item) =>
          values.map((value, i) => ({ metric, tags: { ...tags }, timestamp: NOON + i, value, item })),
        );
        const ids: string[][] = [];
        for (const [name, body] of [
          ['remote write 1.0', one],
          ['remote write 1.0', one],
          ['remote write 2.0', two],
          ['remote write 2.0', two],
        ] as const) {
          const seen = collector.decode((decoding) => all[name]?.(body, decoding));
          assert.deepEqual(
            seen.points.map(({ metric, tags, timestamp, value, item }) => ({
              metric,
              tags,
              timestamp,
              value,
              item,
            })),
            expected,
          );
          ids.push(byId(seen));
        }
        for (const other of ids) assert.deepEqual(other, ids[0]);
      }),
    );
  });

  it('refuses bad series alone, leaves out what is no number, and counts the parts of histograms', () => {
    const name = { name: '__name__', value: 'm' };
    const sample = { value: 1, timestamp: NOON };
    const body = encoded('WriteRequest', {
      timeseries: [
        { labels: [name, { name: 'a', value: '' }], samples: [sample] },
        { labels: [{ name: 'a', value: 'b' }], samples: [sample] },
        { labels: [name, name], samples: [sample] },
        { labels: [name, { name: '__proto__', value: 'x' }], samples: [sample] },
        {
          labels: [name],
          samples: [
            { value: Number.NaN, timestamp: NOON },
            { value: Number.POSITIVE_INFINITY, timestamp: NOON },
          ],
        },
        { labels: [name], histograms: [{ countInt: 7, sum: 3.5, timestamp: NOON }] },
        { labels: Array.from({ length: 300 }, (_, i) => ({ name: `l${i}`, value: 'x' })), samples: [sample] },
      ],
    });
    const seen = new Collector().decode((decoding) => decoders()['remote write 1.0']?.(body, decoding));
    assert.deepEqual(
      seen.points.map(({ metric, tags, value, kind }) => ({ metric, tags, value, kind })),
      [
        { metric: 'm', tags: {}, value: 1, kind: 'gauge' },
        { metric: 'm.count', tags: {}, value: 7, kind: 'cumulative' },
        { metric: 'm.sum', tags: {}, value: 3.5, kind: 'cumulative' },
      ],
    );
    assert.deepEqual(
      seen.refused.map(({ item, code }) => [item, code]),
      [
        [1, 'TACTUS_FIELD_EMPTY'],
        [2, 'TACTUS_FIELD_INVALID'],
        [3, 'TACTUS_FIELD_BAD_CHARACTER'],
        [6, 'TACTUS_TAGS_TOO_MANY'],
      ],
    );
    assert.deepEqual(seen.leftOut, { nan: 1, infinite: 1 });
  });

  it('marks the end of a series as stale', () => {
    const body = encoded('WriteRequest', {
      timeseries: [
        { labels: [{ name: '__name__', value: 'm' }], samples: [{ value: 12345.678, timestamp: NOON }] },
      ],
    });
    const at = body.indexOf(Buffer.from(new Float64Array([12345.678]).buffer));
    body.writeBigUInt64LE(0x7ff0000000000002n, at);
    const seen = new Collector().decode((decoding) => decoders()['remote write 1.0']?.(body, decoding));
    assert.deepEqual([seen.points, seen.leftOut], [[], { stale: 1 }]);
  });

  it('does not take the labels of one series for those of another that goes on, or has some behind its samples', () => {
    const all = decoders();
    const collector = new Collector();
    const of = (tags: Record<string, string>) =>
      encoded('WriteRequest', {
        timeseries: [
          { labels: labelsOf({ metric: 'm', tags, flip: true }), samples: [{ value: 1, timestamp: NOON }] },
        ],
      });
    const tagsOf = (body: Buffer) =>
      collector
        .decode((decoding) => all['remote write 1.0']?.(body, decoding))
        .points.map(({ tags }) => tags);
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(tagsOf(of({})), [{}]);
      assert.deepEqual(tagsOf(of({ a: 'b' })), [{ a: 'b' }]);
      // A label again behind the sample, which protobuf allows: the message is parsed as one with both.
      const label = encoded('WriteRequest', {
        timeseries: [{ labels: [{ name: 'z', value: 'y' }] }],
      }).subarray(2);
      const first = of({}).subarray(2);
      const both = Buffer.concat([first, label]);
      assert.deepEqual(tagsOf(Buffer.concat([Buffer.of(0x0a, both.length), both])), [{ z: 'y' }]);
    }
  });

  it('takes kinds and units from metadata, and by names without', () => {
    const [one] = [new RemoteWrite1()];
    const collector = new Collector();
    const of = (metric: string) => {
      const body = encoded('WriteRequest', {
        timeseries: [
          { labels: [{ name: '__name__', value: metric }], samples: [{ value: 1, timestamp: NOON }] },
        ],
      });
      const [point] = collector.decode((decoding) => one.decode(body, decoding, noCounts())).points;
      return [point?.kind, point?.unit];
    };
    assert.deepEqual(
      [of('a_total'), of('b_bucket'), of('c')],
      [
        ['cumulative', null],
        ['cumulative', null],
        ['gauge', null],
      ],
    );
    const metadata = encoded('WriteRequest', {
      metadata: [
        { type: 1, metricFamilyName: 'c', unit: 's' },
        { type: 2, metricFamilyName: 'a_total' },
      ],
    });
    collector.decode((decoding) => one.decode(metadata, decoding, noCounts()));
    assert.deepEqual(
      [of('a_total'), of('c')],
      [
        ['gauge', null],
        ['cumulative', 's'],
      ],
    );
  });

  it('knows a series of version 2.0 whatever the places of its symbols, and no other for it', () => {
    const two = new RemoteWrite2();
    const collector = new Collector();
    const long = 'x'.repeat(5_000);
    const of = (symbols: string[], ...pairs: [string, string][]) => {
      const place = (text: string) => symbols.indexOf(text);
      const labelsRefs = ['__name__', 'm', ...pairs.flat()].map(place);
      const body = encoded('Request', {
        symbols,
        timeseries: [{ labelsRefs, samples: [{ value: 1, timestamp: NOON }] }],
      });
      return collector
        .decode((decoding) => two.decode(body, decoding, noCounts()))
        .points.map(({ tags }) => ({ ...tags }));
    };
    const symbols = ['', '__name__', 'm', 'a', 'b', 'ab', 'c'];
    for (let round = 0; round < 2; round++)
      for (const order of [symbols, [...symbols].reverse(), ['', 'c', ...symbols]]) {
        assert.deepEqual(of(order, ['a', 'b']), [{ a: 'b' }]);
        assert.deepEqual(of(order, ['b', 'a']), [{ b: 'a' }]);
        assert.deepEqual(of(order, ['ab', 'c']), [{ ab: 'c' }]);
        assert.deepEqual(of(order, ['a', '']), [{}]);
        assert.deepEqual(of(order), [{}]);
      }
    // Longer than any label may be: built anew each time, and refused.
    assert.deepEqual(of([...symbols, long], ['a', long]), []);
    assert.deepEqual(of(symbols, ['a', 'b']), [{ a: 'b' }]);
  });

  it('reads types, units and starts of version 2.0, and refuses references beyond the symbols', () => {
    const body = encoded('Request', {
      symbols: ['', '__name__', 'm', 's'],
      timeseries: [
        {
          labelsRefs: [1, 2],
          metadata: { type: 1, unitRef: 3 },
          samples: [{ value: 1, timestamp: NOON, startTimestamp: NOON - 5 }],
        },
        { labelsRefs: [1, 9], samples: [{ value: 1, timestamp: NOON }] },
        { labelsRefs: [1], samples: [{ value: 1, timestamp: NOON }] },
      ],
    });
    const seen = new Collector().decode((decoding) => decoders()['remote write 2.0']?.(body, decoding));
    const [point] = seen.points;
    assert.deepEqual([point?.kind, point?.unit, point?.startTimestamp], ['cumulative', 's', NOON - 5]);
    assert.deepEqual(
      seen.refused.map(({ item }) => item),
      [1, 2],
    );
  });
});

const otlpBody = () => encoded('ExportMetrics', otlpMessage());

describe('OTLP metrics', () => {
  it('makes points of all kinds, cold and warm', () => {
    const { otlp } = decoders();
    const collector = new Collector();
    const shop = { 'service.name': 'shop' };
    for (let round = 0; round < 2; round++) {
      const seen = collector.decode((decoding) => otlp?.(otlpBody(), decoding));
      assert.deepEqual(
        seen.points.map(({ metric, tags, value, kind, unit, item }) => [
          metric,
          tags,
          value,
          kind,
          unit,
          item,
        ]),
        [
          ['g', { ...shop, a: 'b' }, -5, 'gauge', 'By', 0],
          ['s', shop, 2.5, 'cumulative', null, 2],
          ['d', shop, 1, 'delta', null, 3],
          ['h.count', shop, 4, 'cumulative', null, 5],
          ['h.sum', shop, 10, 'cumulative', 'ms', 5],
          ['h.min', shop, 1, 'gauge', 'ms', 5],
          ['h.max', shop, 5, 'gauge', 'ms', 5],
          ['e.count', { ...shop, a: 'b' }, 2, 'delta', null, 6],
          ['e.sum', { ...shop, a: 'b' }, 3, 'delta', null, 6],
          ['q.count', shop, 3, 'cumulative', null, 7],
          ['q.sum', shop, 6, 'cumulative', null, 7],
          ['q', { ...shop, quantile: '0.5' }, 2, 'gauge', null, 7],
        ],
      );
      assert.deepEqual(seen.leftOut, { stale: 1 });
      assert.deepEqual(
        seen.refused.map(({ item, code }) => [item, code]),
        [[4, 'TACTUS_FIELD_INVALID']],
      );
      assert.ok(seen.points.every(({ timestamp }) => timestamp === NOON));
      assert.equal(seen.points[1]?.startTimestamp, NOON - 2);
      assert.equal(seen.points[0]?.id.slice(22), String(NANOS));
      assert.equal(seen.points[1]?.id.slice(22), `${NANOS - 2_000_000n}:${NANOS}`);
      assert.equal(new Set(byId(seen)).size, seen.points.length);
    }
  });

  it('has a quantile of 0, which Protocol Buffers write as nothing', () => {
    const dataPoints = [{ timeUnixNano: String(NANOS), quantileValues: [{}, { quantile: 0.5 }] }];
    const metrics = [{ name: 'q', summary: { dataPoints } }];
    const body = encoded('ExportMetrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    const seen = new Collector().decode((decoding) => decoders().otlp?.(body, decoding));
    assert.deepEqual(
      seen.points.map(({ metric, tags, value }) => [metric, tags.quantile, value]),
      [
        ['q.count', undefined, 0],
        ['q.sum', undefined, 0],
        ['q', '0', 0],
        ['q', '0.5', 0],
      ],
    );
  });

  it('of 5,000 series are read once, and take no more of the cache than they need', () => {
    const { otlp } = decoders();
    const collector = new Collector(2 ** 23);
    const dataPoints = Array.from({ length: 5_000 }, (_, i) => ({
      ...{ timeUnixNano: String(NANOS), asDouble: i },
      attributes: [attribute('id', `${i}`), attribute('host', 'web-1')],
    }));
    const metrics = [{ name: 'm', gauge: { dataPoints } }];
    const body = encoded('ExportMetrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    const read = () => collector.decode((decoding) => otlp?.(body, decoding)).points.map(({ id }) => id);
    const ids = read();
    const misses = collector.cache.counts.get('otlp')?.misses;
    assert.deepEqual(read(), ids);
    assert.equal(collector.cache.counts.get('otlp')?.misses, misses);
  });
});

describe('line protocol', () => {
  const read = (text: string, precision: string | null = null) =>
    new Collector().decode((decoding) =>
      new LineProtocol().decode(Buffer.from(text), precisionOf(precision), decoding),
    );

  const cases: readonly [
    line: string,
    ...points: readonly (readonly [string, Record<string, string>, number])[],
  ][] = [
    ['m f=1', ['m.f', {}, 1]],
    [
      'm,a=b,c=d f=1.5,g=2i,h=3u,x=t,y=FALSE',
      ['m.f', { a: 'b', c: 'd' }, 1.5],
      ['m.g', { a: 'b', c: 'd' }, 2],
      ['m.h', { a: 'b', c: 'd' }, 3],
      ['m.x', { a: 'b', c: 'd' }, 1],
      ['m.y', { a: 'b', c: 'd' }, 0],
    ],
    ['m\\ n\\,o,t\\=a=b\\ c f\\ g=-1e3', ['m n,o.f g', { 't=a': 'b c' }, -1000]],
    ['m,a=b\\z f=.5', ['m.f', { a: 'b\\z' }, 0.5]],
    ['# a comment\n\n  m f=1\r\n', ['m.f', {}, 1]],
  ];
  for (const [line, ...points] of cases)
    it(`reads ${JSON.stringify(line)}`, () => {
      const seen = read(line);
      assert.deepEqual(seen.refused, []);
      assert.deepEqual(
        seen.points.map(({ metric, tags, value }) => [metric, tags, value]),
        points,
      );
    });

  it('refuses a bad line or a string, with its number, and takes the others', () => {
    const bad = [
      'm',
      'm ',
      ',a=b f=1',
      'm,a f=1',
      'm,a= f=1',
      'm f',
      'm f=',
      'm f=abc',
      'm f=1 12x',
      'm f=99999999999999999999i',
      'm,a=b,a=c f=1',
      'm f=1 2 3',
    ];
    for (const line of bad) {
      const seen = read(`ok f=1\n${line}\nok f=2`);
      assert.deepEqual(
        seen.points.map(({ value }) => value),
        [1, 2],
        line,
      );
      assert.deepEqual(
        seen.refused.map(({ item }) => item),
        [2],
        line,
      );
      assert.match(seen.refused[0]?.message ?? '', /^line 2: /);
    }
    const seen = read('m f="a, b\\" c=1\nd",g=2 1700049600000000000');
    assert.deepEqual(
      seen.points.map(({ metric, value }) => [metric, value]),
      [['m.g', 2]],
    );
    assert.equal(seen.refused.length, 1);
  });

  it('leaves out nothing behind a return that ends no line', () => {
    for (const body of ['m f=1\rm f=2\nm f=3', 'm f=1\n\rm f=2\r\nm f=3\r']) {
      const seen = read(body);
      assert.equal(seen.points.length + seen.refused.length, body.startsWith('m f=1\r') ? 2 : 3, body);
      assert.equal(seen.refused.length, 1, body);
    }
  });

  it('reads times in every precision, exactly, and keeps their text for ids', () => {
    for (const [precision, text, time, tail] of [
      [null, '1700049600123999999', 1_700_049_600_123, '1700049600123999999'],
      ['us', '1700049600123999', 1_700_049_600_123, '1700049600123999u'],
      ['ms', '1700049600123', 1_700_049_600_123, '1700049600123ms'],
      ['s', '1700049600', 1_700_049_600_000, '1700049600s'],
      ['h', '472236', 1_700_049_600_000, '472236h'],
    ] as const) {
      const [point] = read(`m f=1 ${text}`, precision).points;
      assert.deepEqual([point?.timestamp, point?.id.slice(22)], [time, tail]);
    }
    assert.throws(() => read('m f=1', 'week'), UndecodableError);
    const [one, other] = [read('m f=1').points[0], read('m f=1').points[0]];
    assert.equal(one?.timestamp, NOON);
    assert.notEqual(one?.id, other?.id);
  });
});

describe('a hostile body', () => {
  const samples: Record<string, Buffer> = {
    'remote write 1.0': encoded('WriteRequest', {
      timeseries: Array.from({ length: 5 }, (_, i) => ({
        labels: labelsOf({ metric: 'm', tags: { a: `b${i}`, host: 'web-1' }, flip: false }),
        samples: [{ value: i, timestamp: NOON }],
        histograms: [{ countInt: i, sum: 2, timestamp: NOON }],
      })),
      metadata: [{ type: 1, metricFamilyName: 'm', unit: 's' }],
    }),
    'remote write 2.0': encoded('Request', {
      symbols: ['', '__name__', 'm', 'a', 'b'],
      timeseries: [1, 2, 3].map((value) => ({
        labelsRefs: [1, 2, 3, 4],
        samples: [{ value, timestamp: NOON }],
        metadata: { type: 1, unitRef: 4 },
      })),
    }),
    otlp: otlpBody(),
    lines: Buffer.from(
      'm,a=b f=1,g=2i,h="x y" 1700049600123999999\nn\\ o,c=d x=t\n# c\np q=1.5e3 17000496001\n',
    ),
  };

  for (const [name, sample] of Object.entries(samples))
    it(`of ${name}, in 1,000 mutations, is taken or refused with a place, and never wrong for the next one`, () => {
      const random = randomOf(15);
      const decode = decoders()[name] as Decode;
      const collector = new Collector();
      const clean = () =>
        collector
          .decode((decoding) => decode(sample, decoding))
          .points.map(({ metric, tags, value }) => [metric, tags, value]);
      const expected = clean();
      let refused = 0;
      for (let round = 0; round < 1_000; round++) {
        const body = Buffer.from(
          random() < 0.2 ? sample.subarray(0, Math.floor(random() * sample.length)) : sample,
        );
        for (let i = Math.floor(random() * 4); i >= 0 && body.length > 0; i--)
          body[Math.floor(random() * body.length)] = random() < 0.3 ? 0xff : Math.floor(random() * 256);
        try {
          collector.decode((decoding) => decode(body, decoding));
        } catch (error) {
          assert.ok(error instanceof UndecodableError, String(error));
          assert.match(error.message, /byte \d+: /);
          refused += 1;
        }
      }
      assert.ok(name === 'lines' || refused > 100);
      assert.deepEqual(clean(), expected);
    });

  it('with a million labels, symbols or points takes bounded time', () => {
    const all = decoders();
    const label = Buffer.from([0x0a, 0x06, 0x0a, 0x01, 0x61, 0x12, 0x01, 0x62]);
    const many = Buffer.concat(Array.from({ length: 1_000_000 }, () => label));
    const header = Buffer.from([0x0a, 0x80, 0xa4, 0xe8, 0x03]);
    const sample = Buffer.from([0x12, 0x00]);
    const inner = Buffer.concat([many, sample]);
    header[1] = 0x82;
    const cases: readonly [string, Buffer][] = [
      ['remote write 1.0', Buffer.concat([header, inner])],
      [
        'remote write 1.0',
        Buffer.concat([
          Buffer.of(0x0a, 0x80, 0x89, 0x7a),
          Buffer.concat(Array.from({ length: 1_000_000 }, () => sample)),
        ]),
      ],
      ['remote write 2.0', Buffer.concat(Array.from({ length: 1_000_000 }, () => Buffer.of(0x22, 0x00)))],
      ['lines', Buffer.from('m f=1\n'.repeat(600_000))],
    ];
    for (const [name, body] of cases) {
      const began = process.cpuUsage();
      try {
        new Collector().decode((decoding) => all[name]?.(body, decoding));
      } catch (error) {
        assert.ok(error instanceof UndecodableError, String(error));
      }
      const { user, system } = process.cpuUsage(began);
      assert.ok(user + system < 10_000_000, `${name} took ${user + system} us`);
    }
  });
});
