import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteTable } from '../../shared/windows/byte-table.js';
import { SeriesIndex, UNWANTED } from '../../shared/windows/series-index.js';

const viewOf = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

describe('ByteTable', () => {
  it('finds what was added, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ maxLength: 12 }), { maxLength: 200 }),
        fc.string(),
        (texts, other) => {
          const table = new ByteTable();
          const find = (bytes: Buffer) => table.find(viewOf(bytes), 0, bytes.length);
          texts.forEach((text, i) => {
            const bytes = Buffer.from(`${text}.`);
            assert.equal(find(bytes), -1);
            table.add(i);
          });
          texts.forEach((text, i) => {
            assert.equal(find(Buffer.from(`${text}.`)), i);
          });
          assert.equal(find(Buffer.from(`${other}.`)), texts.indexOf(other));
        },
      ),
    );
  });

  it('keeps finding while it grows to 20,000 entries', () => {
    const table = new ByteTable();
    const bytes = (i: number) => Buffer.from(`series-${i}`);
    for (let i = 0; i < 20_000; i++) {
      const run = bytes(i);
      assert.equal(table.find(viewOf(run), 0, run.length), -1);
      table.add(i);
    }
    for (let i = 0; i < 20_000; i++) assert.equal(table.find(viewOf(bytes(i)), 0, bytes(i).length), i);
  });
});

describe('ByteTable, swept', () => {
  it('keeps what is kept, and runs that differ in one byte apart', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (array, seed) => {
        const one = Buffer.from(array);
        const two = Buffer.from(array);
        const place = seed % two.length;
        two[place] = (two[place] as number) ^ 0x41;
        const table = new ByteTable();
        [one, two].forEach((run, i) => {
          assert.equal(table.find(viewOf(run), 0, run.length), -1);
          table.add(i);
        });
        const kept = table.filtered((number) => number === 1);
        assert.equal(kept.find(viewOf(one), 0, one.length), -1);
        assert.equal(kept.find(viewOf(two), 0, two.length), 1);
      }),
    );
  });
});

describe('SeriesIndex', () => {
  const everything = { wants: () => true, eachGroup: () => undefined };

  it('gives a series one number, whatever the order of its tags or its bytes', () => {
    const index = new SeriesIndex([{ ...everything, groupBy: null }]);
    const number = index.intern({ tenantId: 't', metric: 'm', tags: { a: '1', b: '2' } });
    const bytes = Buffer.from('other bytes');
    assert.equal(index.find(viewOf(bytes), 0, bytes.length), -1);
    assert.equal(
      index.add(viewOf(bytes), 0, bytes.length, { tenantId: 't', metric: 'm', tags: { b: '2', a: '1' } }),
      number,
    );
    assert.equal(index.find(viewOf(bytes), 0, bytes.length), number);
    assert.notEqual(index.intern({ tenantId: 't', metric: 'm', tags: { a: '1' } }), number);
  });

  it('groups by a subset of the tags and leaves out what is not wanted', () => {
    const index = new SeriesIndex([
      { ...everything, groupBy: ['region'] },
      { ...everything, groupBy: [], wants: (_, metric) => metric === 'm' },
    ]);
    const one = index.intern({ tenantId: 't', metric: 'm', tags: { host: 'a', region: 'eu' } });
    const two = index.intern({ tenantId: 't', metric: 'm', tags: { host: 'b', region: 'eu' } });
    const three = index.intern({ tenantId: 't', metric: 'n', tags: { host: 'b' } });
    assert.equal(index.groupOf(0, one), index.groupOf(0, two));
    assert.notEqual(index.groupOf(0, one), index.groupOf(0, three));
    assert.deepEqual(index.describe(0, index.groupOf(0, one)).tags, { region: 'eu' });
    assert.deepEqual(index.describe(1, index.groupOf(1, one)).tags, {});
    assert.equal(index.groupOf(1, three), UNWANTED);
  });

  it('forgets series that are no longer used, and none that is', () => {
    const used = new Set<number>();
    const index = new SeriesIndex([
      { groupBy: null, wants: () => true, eachGroup: (callback) => used.forEach(callback) },
    ]);
    const bytes = (i: number) => Buffer.from(`bytes of series ${i}`);
    const add = (i: number) => {
      const run = viewOf(bytes(i));
      const found = index.find(run, 0, run.byteLength);
      const series = { tenantId: 't', metric: `m${i}`, tags: {} };
      return found >= 0 ? found : index.add(run, 0, run.byteLength, series);
    };
    for (let i = 0; i < 10; i++) used.add(index.groupOf(0, add(i)));
    for (let i = 10; i < 100_000; i++) {
      add(i);
      assert.ok(index.size <= 8_192, 'grows beyond twice what is used');
    }
    for (let i = 0; i < 10; i++) assert.equal(index.describe(0, index.groupOf(0, add(i))).metric, `m${i}`);
  });
});
