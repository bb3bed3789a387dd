import assert from 'node:assert/strict';
import { test } from 'node:test';
import avsc from 'avsc';
import fc from 'fast-check';
import type { Event, MetricPoint } from '../../../../schemas/types.js';
import { fixedSchemas, staticCodecs } from '../../../../shared/adapters/avro/static-codecs.js';
import { AvroDecoder, AvroEncoder } from '../../../../shared/adapters/avro/value-codec.js';
import { valueSchemas } from '../../../../shared/catalog/value-schemas.js';
import { type ErrorCode, TactusError } from '../../../../shared/core/errors.js';
import { GAUGE, pointOf } from '../../../support/point.js';
import { valuesOf } from './values.js';

const POINT: MetricPoint = {
  tenantId: 'acme',
  metric: 'latency',
  tags: { host: 'a', zone: 'ö' },
  timestamp: 1_700_000_000_000,
  value: 1.5,
  id: 'id-1',
  unit: 'ms',
  source: null,
  ...GAUGE,
};

const codecs = staticCodecs();
const points = { encoder: codecs.encoder('metrics'), decoder: codecs.decoder('metrics') };

function codeOf(work: () => unknown): ErrorCode | 'accepted' {
  try {
    work();
    return 'accepted';
  } catch (error) {
    assert.ok(error instanceof TactusError, `threw ${String(error)}`);
    return error.code;
  }
}

for (const { name, schema } of valueSchemas())
  test(`every ${name} comes back as it was encoded`, () => {
    const encoder = new AvroEncoder<unknown>(schema, 7);
    const decoder = new AvroDecoder<unknown>(schema, fixedSchemas(new Map([[7, schema]])));
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        assert.deepStrictEqual(decoder.decode(encoder.encode(value)), value);
      }),
      { numRuns: 200 },
    );
  });

for (const { name, schema } of valueSchemas())
  test(`a ${name} that is cut short or has bytes behind it is refused`, () => {
    const encoder = new AvroEncoder<unknown>(schema, 7);
    const decoder = new AvroDecoder<unknown>(schema, fixedSchemas(new Map([[7, schema]])));
    fc.assert(
      fc.property(
        valuesOf(schema),
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 9 }),
        (value, at, more) => {
          const bytes = encoder.encode(value);
          const cut = bytes.subarray(0, 5 + (at % (bytes.length - 5)));
          assert.equal(
            codeOf(() => decoder.decode(cut)),
            'TACTUS_RECORD_UNDECODABLE',
          );
          const longer = Buffer.concat([bytes, more]);
          assert.equal(
            codeOf(() => decoder.decode(longer)),
            'TACTUS_RECORD_UNDECODABLE',
          );
        },
      ),
      { numRuns: 100 },
    );
  });

test('arbitrary bytes give a value of the type or a TactusError, and end soon', () => {
  for (const { schema } of valueSchemas()) {
    const encoder = new AvroEncoder<unknown>(schema, 7);
    const decoder = new AvroDecoder<unknown>(schema, fixedSchemas(new Map([[7, schema]])));
    const flipped = fc
      .tuple(valuesOf(schema), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
      .map(([value, changes]) => {
        const bytes = encoder.encode(value);
        for (const [at, byte] of changes) bytes[5 + (at % (bytes.length - 5))] = byte;
        return bytes;
      });
    const random = fc
      .uint8Array({ maxLength: 200 })
      .map((b) => Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), b]));
    fc.assert(
      fc.property(fc.oneof(flipped, random), (bytes) => {
        let value: unknown;
        if (codeOf(() => (value = decoder.decode(bytes))) === 'TACTUS_RECORD_UNDECODABLE') return;
        // What was taken is a full value: it can be encoded, and means the same again.
        assert.deepStrictEqual(decoder.decode(encoder.encode(value)), value);
      }),
      { numRuns: 400 },
    );
  }
});

test('a map that claims 2^50 entries is refused at once', () => {
  const bytes = Buffer.concat([
    points.encoder.encode(POINT).subarray(0, 5),
    Buffer.from([0, 0]),
    Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x04]),
  ]);
  assert.equal(
    codeOf(() => points.decoder.decode(bytes)),
    'TACTUS_RECORD_UNDECODABLE',
  );
});

test('text that is not UTF-8 is refused, short or long', () => {
  for (const length of [3, 400]) {
    const bytes = points.encoder.encode({ ...POINT, id: 'x'.repeat(length) });
    bytes[bytes.lastIndexOf('x')] = 0xff;
    assert.equal(
      codeOf(() => points.decoder.decode(bytes)),
      'TACTUS_RECORD_UNDECODABLE',
    );
  }
});

test('a map key that a plain object would lose is refused', () => {
  const tags = Object.defineProperty({}, '__proto__', { value: 'x', enumerable: true }) as Record<
    string,
    string
  >;
  const bytes = points.encoder.encode({ ...POINT, tags });
  assert.equal(
    codeOf(() => points.decoder.decode(bytes)),
    'TACTUS_RECORD_UNDECODABLE',
  );
});

test('what is no wire format is refused with its own code', () => {
  const good = points.encoder.encode(POINT);
  const wrongMagic = Buffer.from(good);
  wrongMagic[0] = 1;
  const otherId = Buffer.from(good);
  otherId.writeInt32BE(99, 1);
  assert.equal(
    codeOf(() => points.decoder.decode(null)),
    'TACTUS_RECORD_EMPTY',
  );
  assert.equal(
    codeOf(() => points.decoder.decode(Buffer.alloc(0))),
    'TACTUS_RECORD_EMPTY',
  );
  assert.equal(
    codeOf(() => points.decoder.decode(wrongMagic)),
    'TACTUS_RECORD_BAD_MAGIC',
  );
  assert.equal(
    codeOf(() => points.decoder.decode(good.subarray(0, 4))),
    'TACTUS_RECORD_BAD_MAGIC',
  );
  assert.equal(
    codeOf(() => points.decoder.decode(Buffer.from('{"json":1}'))),
    'TACTUS_RECORD_BAD_MAGIC',
  );
  assert.equal(
    codeOf(() => points.decoder.decode(otherId)),
    'TACTUS_RECORD_UNKNOWN_SCHEMA',
  );
  assert.equal(
    codeOf(() => points.decoder.decode(codecs.encoder('alerts').encode(alert()))),
    'TACTUS_RECORD_INCOMPATIBLE_SCHEMA',
  );
});

function alert() {
  return {
    fingerprint: 'f',
    rule: 'r',
    tenantId: 't',
    state: 'firing' as const,
    severity: 'info' as const,
    labels: {},
    annotations: {},
    value: 1,
    startsAt: 1,
    endsAt: null,
    updatedAt: 1,
  };
}

test('whole numbers that a double cannot hold are refused, not rounded', () => {
  for (const timestamp of [2 ** 53, -(2 ** 53), 2 ** 62])
    assert.equal(
      codeOf(() => points.encoder.encode({ ...POINT, timestamp })),
      'TACTUS_INVARIANT',
    );
  for (const exact of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) {
    const bytes = Buffer.concat([points.encoder.encode(POINT).subarray(0, 5), pointWithTime(exact)]);
    assert.equal(
      codeOf(() => points.decoder.decode(bytes)),
      'TACTUS_RECORD_UNDECODABLE',
      String(exact),
    );
  }
});

/** A point written by hand with a timestamp of any 64 bits. */
function pointWithTime(timestamp: bigint): Buffer {
  let zigzag = BigInt.asUintN(64, (timestamp << 1n) ^ (timestamp >> 63n));
  const varint: number[] = [];
  for (; zigzag >= 0x80n; zigzag >>= 7n) varint.push(Number(zigzag & 0x7fn) | 0x80);
  varint.push(Number(zigzag));
  const text = (s: string) => [s.length * 2, ...Buffer.from(s)];
  return Buffer.from([
    ...text('t'),
    ...text('m'),
    0,
    ...varint,
    ...new Array<number>(8).fill(0),
    ...text('i'),
    ...new Array<number>(4).fill(0),
  ]);
}

test('a point written by hand is read', () => {
  const bytes = Buffer.concat([points.encoder.encode(POINT).subarray(0, 5), pointWithTime(1_234n)]);
  assert.deepStrictEqual(points.decoder.decode(bytes), pointOf({ timestamp: 1_234, value: 0, id: 'i' }));
});

test('what the encoder refuses is named with its field', () => {
  const bad = { ...POINT, value: 'high' } as unknown as MetricPoint;
  assert.throws(
    () => points.encoder.encode(bad),
    /cannot encode a io\.tactus\.v1\.MetricPoint: value is high/,
  );
});

test('attributes are plain values, whole numbers written as long and others as double', () => {
  const event: Event = {
    id: '1',
    tenantId: 't',
    type: 'login',
    timestamp: 1,
    subjectId: null,
    attributes: { nothing: null, yes: true, whole: 3, half: 0.5, minusZero: -0, huge: 2 ** 60, text: '' },
  };
  const bytes = codecs.encoder('events').encode(event);
  assert.deepStrictEqual(codecs.decoder('events').decode(bytes), event);
  const schema = valueSchemas().find((one) => one.name === 'Event')?.schema as avsc.Schema;
  const seen = avsc.Type.forSchema(schema).fromBuffer(bytes.subarray(5)) as {
    attributes: Record<string, object>;
  };
  const branch = (name: string) => Object.keys(seen.attributes[name] ?? {})[0];
  assert.deepEqual(['yes', 'whole', 'half', 'minusZero', 'huge', 'text'].map(branch), [
    'boolean',
    'long',
    'double',
    'double',
    'double',
    'string',
  ]);
});

test('what was encoded or decoded before stays as it is', () => {
  const encoder = codecs.encoder('dlq');
  const decoder = codecs.decoder('dlq');
  const letter = (fill: number) => ({
    topic: 't',
    partition: 0,
    offset: fill,
    key: Buffer.alloc(10, fill),
    value: Buffer.alloc(100, fill),
    headers: { h: Buffer.alloc(3, fill) },
    error: 'E',
    message: 'm',
    worker: 'w',
    failedAt: 1,
  });
  const bytes = encoder.encode(letter(1));
  const copy = Buffer.from(bytes);
  encoder.encode(letter(2));
  assert.deepEqual(bytes, copy);
  const first = decoder.decode(bytes);
  bytes.fill(0);
  decoder.decode(encoder.encode(letter(3)));
  assert.deepStrictEqual(first, letter(1));
});

test('a dead letter carries a value of 10 MB and the absence of a value', () => {
  const base = {
    topic: 't',
    partition: 3,
    offset: 9,
    headers: {},
    error: 'E',
    message: 'm',
    worker: 'w',
    failedAt: 1,
  };
  for (const value of [Buffer.alloc(10_000_000, 7), Buffer.alloc(0), null]) {
    const letter = { ...base, key: null, value };
    assert.deepStrictEqual(codecs.decoder('dlq').decode(codecs.encoder('dlq').encode(letter)), letter);
  }
});
