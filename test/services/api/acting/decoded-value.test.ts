import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import avsc from 'avsc';
import { decodedValue } from '../../../../services/api/acting/decoded-value.js';
import { TactusError } from '../../../../shared/core/errors.js';
import type { RegisteredSchema } from '../../../../shared/ports/registry.js';

const SCHEMA = {
  ...{ type: 'record', name: 'Played' },
  fields: [
    { name: 'song', type: 'string' },
    { name: 'cover', type: 'bytes' },
  ],
} as const;

const wire = (value: object, schemaId = 7) => {
  const head = Buffer.alloc(5);
  head.writeInt32BE(schemaId, 1);
  return Buffer.concat([head, avsc.Type.forSchema(SCHEMA as unknown as avsc.Schema).toBuffer(value)]);
};
const having = (found: RegisteredSchema | null) => ({ schemaById: async () => found });
const ours = having({ schema: SCHEMA as never });

describe('the value of a dead letter', () => {
  it('is decoded by the schema of its id', async () => {
    const value = wire({ song: 'Échoes', cover: Buffer.from([0xff, 0]) });
    const { json, ...rest } = (await decodedValue(value, ours)) ?? assert.fail();
    assert.deepEqual(JSON.parse(json ?? ''), { song: 'Échoes', cover: '/wA=' });
    assert.deepEqual(rest, { schemaId: 7, schema: 'Played', complete: true, problem: null });
  });

  it('is not, where it is in another format', async () => {
    for (const value of [null, Buffer.from('{}'), Buffer.from([0, 1])])
      assert.equal(await decodedValue(value, ours), null);
  });

  it('is shown in part where it is long, and not at all where decoding it would take long', async () => {
    const long = await decodedValue(wire({ song: 'a'.repeat(100_000), cover: Buffer.alloc(0) }), ours);
    assert.deepEqual([long?.json?.length, long?.complete], [65_536, false]);
    const tooLong = await decodedValue(wire({ song: 'a'.repeat(300_000), cover: Buffer.alloc(0) }), ours);
    assert.equal(tooLong?.json, null);
    assert.match(tooLong?.problem ?? '', /300\d\d\d bytes; at most 262144 are decoded/);
  });

  it('says why it cannot be decoded', async () => {
    const value = wire({ song: 'a', cover: Buffer.alloc(0) });
    const problem = async (registry: Parameters<typeof decodedValue>[1], bytes = value) =>
      (await decodedValue(bytes, registry))?.problem ?? '';
    assert.match(await problem(having(null)), /no schema with the id 7/);
    assert.match(await problem(having({ unusable: 'its type is JSON' })), /cannot be used: its type is JSON/);
    assert.match(await problem(having({ schema: 'nothing' })), /does not fit/);
    assert.match(await problem(ours, Buffer.concat([value, Buffer.from([1])])), /1 bytes after the value/);
    // A string of more than a petabyte, in a value of eleven bytes.
    assert.match(
      await problem(ours, Buffer.from([0, 0, 0, 0, 7, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x7f])),
      /does not fit/,
    );
    const asked: number[] = [];
    const noting = {
      schemaById: async (id: number) => {
        asked.push(id);
        return null;
      },
    };
    assert.match(
      await problem(noting, wire({ song: '', cover: Buffer.alloc(0) }, -2)),
      /no schema with the id -2/,
    );
    assert.deepEqual(asked, [], 'no registry has such an id');
    const down = async () => {
      throw new TactusError('TACTUS_REGISTRY_UNAVAILABLE', 'reading schema 7: http://user:secret@registry');
    };
    assert.equal(
      await problem({ schemaById: down }),
      'the schema registry cannot be asked at the moment',
      'without an address',
    );
  });
});
