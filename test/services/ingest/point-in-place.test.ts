import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MetricPoint } from '../../../schemas/types.js';
import { PointInPlace } from '../../../services/ingest/point-in-place.js';
import { type Subject, SubjectHash } from '../../../services/ingest/subject.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { checkPoint, checkSize, type Limits } from '../../../shared/admission/policy.js';
import { TactusError } from '../../../shared/core/errors.js';
import { schemaIdAt } from '../../../shared/wire/confluent-header.js';
import { KINDS } from '../../../shared/wire/metric-point-reader.js';
import { GAUGE } from '../../support/point.js';

const ARRIVAL = 1_700_000_000_000;
const limits: Limits = { maxFutureMs: 600_000, maxAgeMs: 86_400_000, maxValueBytes: 1_000, maxTags: 5 };
const codecs = staticCodecs();
const encoder = codecs.encoder('ingest.metrics');
const decoder = codecs.decoder('ingest.metrics');

const ascii = fc.string({ minLength: 1, maxLength: 20 });
const often = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: rare });
const name = often(
  ascii,
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.constantFrom('', 'a|b', 'x'.repeat(257), '\u007f'),
  ),
);
const points: fc.Arbitrary<MetricPoint> = fc.record({
  tenantId: name,
  metric: name,
  tags: fc.dictionary(name, often(ascii, name), { maxKeys: 6, noNullPrototype: true }),
  timestamp: often(
    fc.integer({ min: ARRIVAL - 86_400_000, max: ARRIVAL + 600_000 }),
    fc.oneof(fc.maxSafeInteger(), fc.constantFrom(ARRIVAL - 86_400_001, ARRIVAL + 600_001)),
  ),
  value: often(fc.double({ min: -1e150, max: 1e150, noNaN: true }), fc.double()),
  id: name,
  unit: fc.option(name),
  source: fc.option(name),
  kind: fc.constantFrom(...KINDS),
  startTimestamp: fc.option(
    often(
      fc.integer({ min: 0, max: ARRIVAL }),
      fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-1, ARRIVAL + 1)),
    ),
  ),
});

/** The value by the decoder and the policy; null when it is refused. */
function slowly(value: Buffer): Subject | null {
  if (checkSize(value.length, limits) !== null) return null;
  try {
    const point = decoder.decode(value);
    if (checkPoint(point, ARRIVAL, limits) !== null) return null;
    return { tenantId: point.tenantId, name: point.metric, id: point.id, tags: point.tags };
  } catch (error) {
    assert.ok(error instanceof TactusError, String(error));
    return null;
  }
}

/** Looks at a value between other bytes, and compares what is found with the decoder. */
function agrees(value: Buffer, before: Buffer, after: Buffer): 'in place' | 'by the decoder' | 'refused' {
  const view = new PointInPlace(limits);
  const bytes = Buffer.concat([before, value, after]);
  view.use(bytes);
  const subject = slowly(value);
  if (schemaIdAt(bytes, before.length, value.length) !== encoder.schemaId) return 'refused';
  if (!view.read(before.length, value.length, ARRIVAL))
    return subject === null ? 'refused' : 'by the decoder';
  assert.ok(subject !== null, 'let through in place what the policy refuses');
  const hash = new SubjectHash();
  hash.use(subject);
  assert.equal(bytes.toString('utf8', view.point.tenantStart, view.point.tenantEnd), subject.tenantId);
  assert.equal(bytes.toString('utf8', view.point.metricStart, view.point.metricEnd), subject.name);
  assert.deepEqual([view.idLow, view.idHigh], [hash.idLow, hash.idHigh]);
  const names = Object.keys(subject.tags).length;
  // A map on the wire may say a name twice: it then counts as a series of its own.
  if (names === tagCount(value))
    assert.deepEqual([view.seriesLow, view.seriesHigh], [hash.seriesLow, hash.seriesHigh]);
  return 'in place';
}

/** Tags as the wire has them, of a value that was read in place. */
function tagCount(value: Buffer): number {
  const text = (at: number) => {
    const first = value[at] as number;
    return first < 0x80
      ? at + 1 + (first >>> 1)
      : at + 2 + (((first & 0x7f) | ((value[at + 1] as number) << 7)) >>> 1);
  };
  return (value[text(text(5))] as number) >>> 1;
}

describe('PointInPlace', () => {
  it('lets through what the decoder and the policy let through, with the same hashes, and nothing else', () => {
    const seen = { 'in place': 0, 'by the decoder': 0, refused: 0 };
    fc.assert(
      fc.property(points, fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (point, a, b) => {
        seen[agrees(encoder.encode(point), Buffer.from(a), Buffer.from(b))] += 1;
      }),
      { numRuns: 3_000 },
    );
    for (const [way, times] of Object.entries(seen)) assert.ok(times > 100, `${way}: ${times}`);
  });

  it('agrees with them on records with bytes changed, lost and added', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.constantFrom('set', 'cut', 'add'), fc.nat(255)), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(points, edits, (point, changes) => {
        const bytes = [...encoder.encode(point)];
        for (const [at, what, byte] of changes) {
          const place = 5 + (at % Math.max(1, bytes.length - 5));
          if (what === 'set') bytes[place] = byte;
          else if (what === 'cut') bytes.splice(place, 1);
          else bytes.splice(place, 0, byte);
        }
        agrees(Buffer.from(bytes), Buffer.alloc(0), encoder.encode(point));
      }),
      { numRuns: 5_000 },
    );
  });

  it('leaves names that no decoder takes to the decoder', () => {
    const rest = { timestamp: ARRIVAL, value: 1, id: 'a', unit: null, source: null, ...GAUGE };
    const of = (tag: string) => {
      const tags = Object.defineProperty({}, tag, { value: 'x', enumerable: true });
      return encoder.encode({ tenantId: 'acme', metric: 'cpu', tags, ...rest });
    };
    const nothing = Buffer.alloc(0);
    assert.equal(agrees(of('__proto__'), nothing, nothing), 'refused');
    assert.equal(agrees(of('__name__'), nothing, nothing), 'by the decoder');
    assert.equal(agrees(of('_host'), nothing, nothing), 'in place');
  });

  it('reads the points that everybody sends in place', () => {
    const usual = { tenantId: 'acme', metric: 'cpu.usage', tags: { host: 'web-1', region: 'eu' } };
    const rest = { timestamp: ARRIVAL, value: -0.5, id: '0190b0f2-7c1e', unit: '%', source: null, ...GAUGE };
    assert.equal(agrees(encoder.encode({ ...usual, ...rest }), Buffer.alloc(3), Buffer.alloc(3)), 'in place');
  });
});
