import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteTable } from '../../shared/windows/byte-table.js';
import { SeriesIndex, UNWANTED } from '../../shared/windows/series-index.js';

describe('ByteTable', () => {
  it('finds what was added, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ maxLength: 12 }), { maxLength: 200 }),
        fc.string(),
        (texts, other) => {
          const table = new ByteTable();
          const find = (bytes: Buffer) => table.find(bytes, 0, bytes.length);
          texts.forEach((text, i) => {
            const bytes = Buffer.from(`${text}.`);
            assert.equal(find(bytes), -1);
            table.add(bytes, 0, bytes.length, i);
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
      assert.equal(table.find(run, 0, run.length), -1);
      table.add(run, 0, run.length, i);
    }
    for (let i = 0; i < 20_000; i++) assert.equal(table.find(bytes(i), 0, bytes(i).length), i);
  });
});

describe('SeriesIndex', () => {
  const everything = { wants: () => true, eachGroup: () => undefined };

  it('gives a series one number, whatever the order of its tags or its bytes', () => {
    const index = new SeriesIndex([{ ...everything, groupBy: null }]);
    const number = index.intern({ tenantId: 't', metric: 'm', tags: { a: '1', b: '2' } });
    const bytes = Buffer.from('other bytes');
    assert.equal(index.find(bytes, 0, bytes.length), -1);
    assert.equal(
      index.add(bytes, 0, bytes.length, { tenantId: 't', metric: 'm', tags: { b: '2', a: '1' } }),
      number,
    );
    assert.equal(index.find(bytes, 0, bytes.length), number);
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
      const run = bytes(i);
      const found = index.find(run, 0, run.length);
      const series = { tenantId: 't', metric: `m${i}`, tags: {} };
      return found >= 0 ? found : index.add(run, 0, run.length, series);
    };
    for (let i = 0; i < 10; i++) used.add(index.groupOf(0, add(i)));
    for (let i = 10; i < 100_000; i++) {
      add(i);
      assert.ok(index.size <= 8_192, 'grows beyond twice what is used');
    }
    for (let i = 0; i < 10; i++) assert.equal(index.describe(0, index.groupOf(0, add(i))).metric, `m${i}`);
  });
});
