import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MetricPoint } from '../../schemas/types.js';
import { arrayBatch } from '../../shared/core/array-batch.js';
import { TactusError } from '../../shared/core/errors.js';
import type { ValueDecoder, ValueEncoder } from '../../shared/ports/codec.js';
import { pointOf } from '../support/point.js';

export interface PointCodec {
  readonly encoder: ValueEncoder<MetricPoint>;
  /** Has not seen a value yet. */
  readonly decoder: ValueDecoder<MetricPoint>;
}

const HEADER_BYTES = 5;
const UNKNOWN_ID = 2_000_000_000;
const NEVER = new AbortController().signal;

const points = fc
  .record({
    metric: fc.string({ minLength: 1 }),
    tags: fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      fc.string(),
      { noNullPrototype: true },
    ),
    timestamp: fc.maxSafeInteger(),
    value: fc.double({ noNaN: true }),
    unit: fc.option(fc.string()),
  })
  .map((fields) => pointOf(fields));

/** What every adapter of the port does with values of one topic. */
export function codecSuite(name: string, open: () => Promise<PointCodec>): void {
  describe(`${name} as a codec`, () => {
    const prepared = async (...values: (Buffer | null)[]): Promise<PointCodec> => {
      const codec = await open();
      const records = values.map((value) => ({ value }));
      await codec.decoder.prepare(arrayBatch({ topic: 'metrics', records }), NEVER);
      return codec;
    };

    it('gives every value back as it was, in Confluent wire format', async () => {
      const { encoder, decoder } = await prepared((await open()).encoder.encode(pointOf()));
      fc.assert(
        fc.property(points, (point) => {
          const bytes = encoder.encode(point);
          assert.deepEqual([bytes[0], bytes.readInt32BE(1)], [0, encoder.schemaId]);
          assert.deepEqual(decoder.decode(bytes), point);
        }),
      );
    });

    it('knows how many fields values have that are laid out as the current schema says', async () => {
      const { encoder, decoder } = await prepared((await open()).encoder.encode(pointOf()));
      assert.equal(decoder.fieldsInPlace(encoder.schemaId), 10);
      assert.equal(decoder.fieldsInPlace(UNKNOWN_ID), 0);
    });

    it('refuses each bad value with its reason, and goes on with the next', async () => {
      const good = (await open()).encoder.encode(pointOf());
      const unknown = Buffer.from(good);
      unknown.writeInt32BE(UNKNOWN_ID, 1);
      const bad: [code: string, value: Buffer | null][] = [
        ['TACTUS_RECORD_EMPTY', null],
        ['TACTUS_RECORD_EMPTY', Buffer.alloc(0)],
        ['TACTUS_RECORD_BAD_MAGIC', Buffer.from('hello')],
        ['TACTUS_RECORD_BAD_MAGIC', good.subarray(0, HEADER_BYTES - 1)],
        ['TACTUS_RECORD_UNKNOWN_SCHEMA', unknown],
        ['TACTUS_RECORD_UNDECODABLE', good.subarray(0, good.length - 1)],
        ['TACTUS_RECORD_UNDECODABLE', Buffer.concat([good, Buffer.of(0)])],
      ];
      const { decoder } = await prepared(good, ...bad.map(([, value]) => value));
      for (const [code, value] of bad) {
        assert.throws(
          () => decoder.decode(value),
          (error) => error instanceof TactusError && error.code === code,
          code,
        );
        assert.equal(decoder.decode(good).tenantId, 't');
      }
    });

    it('throws nothing but its own errors, whatever the bytes', async () => {
      const good = (await open()).encoder.encode(pointOf({ tags: { host: 'a' } }));
      const { decoder } = await prepared(good);
      const change = fc.record({ at: fc.nat(good.length - 1), to: fc.nat(255) });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
          const bytes = Buffer.from(good);
          for (const { at, to } of changes) bytes[at] = to;
          try {
            decoder.decode(bytes);
          } catch (error) {
            assert.ok(error instanceof TactusError && error.code.startsWith('TACTUS_RECORD_'), String(error));
          }
        }),
      );
    });

    it('refuses to encode what is not of the type, and names the field', async () => {
      const { encoder } = await open();
      assert.throws(() => encoder.encode({ ...pointOf(), value: 'much' as never }), {
        code: 'TACTUS_INVARIANT',
        message: /value is much/,
      });
    });
  });
}
