import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AvroRecord } from '../../shared/core/avro-schema.js';
import { TactusError } from '../../shared/core/errors.js';
import type { SchemaRegistry } from '../../shared/ports/registry.js';

/** A subject's compatibility level, read and set by other means than the registry under test. */
export interface Levels {
  read(subject: string): Promise<string>;
  set(subject: string, level: string): Promise<void>;
}

const FIRST: AvroRecord = {
  type: 'record',
  name: 'Reading',
  namespace: 'io.example.v1',
  doc: 'what a sensor says',
  fields: [
    { name: 'sensor', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'unit', type: ['null', 'string'], default: null },
  ],
};
/** Reads values of FIRST. */
const WIDER: AvroRecord = {
  ...FIRST,
  fields: [...FIRST.fields, { name: 'room', type: 'string', default: '' }],
};
/** Can't: nothing says what `must` is in values of FIRST. */
const BROKEN: AvroRecord = { ...FIRST, fields: [...FIRST.fields, { name: 'must', type: 'string' }] };

/** What every adapter of the port does with a registry that works. `prefix` begins each subject. */
export function schemaRegistrySuite(
  name: string,
  open: () => { readonly registry: SchemaRegistry; readonly levels: Levels; readonly prefix: string },
): void {
  describe(`${name} as a schema registry`, () => {
    it('knows nothing of a subject without a schema, and of an id without one', async () => {
      const { registry, prefix } = open();
      const subject = `${prefix}nothing-value`;
      assert.equal(await registry.idOf(subject, FIRST), null);
      assert.equal(await registry.latest(subject), null);
      assert.equal(await registry.schemaById(2_000_000_000), null);
      assert.equal(await registry.accepts(subject, FIRST), true);
      assert.ok(!(await registry.subjects()).includes(subject));
    });

    it('registers a schema once, however many ask for it, with compatibility BACKWARD', async () => {
      const { registry, levels, prefix } = open();
      const subject = `${prefix}once-value`;
      const all = await Promise.all([1, 2, 3].map(() => registry.ensure(subject, FIRST)));
      assert.equal(new Set(all.map(({ id }) => id)).size, 1);
      const id = all[0]?.id ?? -1;
      assert.deepEqual(await registry.ensure(subject, FIRST), { id, added: false });
      assert.equal(await registry.idOf(subject, FIRST), id);
      assert.equal(await levels.read(subject), 'BACKWARD');
      assert.ok((await registry.subjects()).includes(subject));
    });

    it('gives a schema back as it was written: namespace, documentation, logical types, defaults', async () => {
      const { registry, prefix } = open();
      const subject = `${prefix}written-value`;
      const { id, added } = await registry.ensure(subject, FIRST);
      assert.equal(added, true);
      assert.deepEqual(await registry.schemaById(id), { schema: FIRST });
      assert.deepEqual(await registry.latest(subject), { schema: FIRST });
    });

    it('adds a compatible version, which is the latest then', async () => {
      const { registry, prefix } = open();
      const subject = `${prefix}wider-value`;
      const first = await registry.ensure(subject, FIRST);
      assert.equal(await registry.accepts(subject, WIDER), true);
      const wider = await registry.ensure(subject, WIDER);
      assert.notEqual(wider.id, first.id);
      assert.deepEqual(await registry.latest(subject), { schema: WIDER });
      assert.equal(await registry.idOf(subject, FIRST), first.id);
    });

    it('refuses an incompatible schema, for good', async () => {
      const { registry, prefix } = open();
      const subject = `${prefix}broken-value`;
      await registry.ensure(subject, FIRST);
      assert.equal(await registry.accepts(subject, BROKEN), false);
      await assert.rejects(
        registry.ensure(subject, BROKEN),
        (error) =>
          error instanceof TactusError && error.code === 'TACTUS_SCHEMA_INCOMPATIBLE' && !error.retriable,
      );
      assert.deepEqual(await registry.latest(subject), { schema: FIRST });
    });

    it('keeps a stricter level, and sets one where nothing is checked', async () => {
      const { registry, levels, prefix } = open();
      for (const [level, after] of [
        ['FULL', 'FULL'],
        ['FORWARD_TRANSITIVE', 'FORWARD_TRANSITIVE'],
        ['NONE', 'BACKWARD'],
      ] as const) {
        const subject = `${prefix}${level}-value`;
        await registry.ensure(subject, FIRST);
        await levels.set(subject, level);
        await registry.ensure(subject, WIDER);
        assert.equal(await levels.read(subject), after);
      }
    });

    it('takes subjects with characters that mean something in an address', async () => {
      const { registry, prefix } = open();
      const subject = `${prefix}100% a&b?c#d-value`;
      const { id } = await registry.ensure(subject, FIRST);
      assert.equal(await registry.idOf(subject, FIRST), id);
      assert.ok((await registry.subjects()).includes(subject));
    });
  });
}
