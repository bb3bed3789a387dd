import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeriesIndex, UNWANTED } from '../../../shared/windows/series-index.js';
import { MAX_SPELLINGS } from '../../../shared/windows/spellings.js';
import { ByteTable } from '../../../shared/wire/byte-table.js';

const viewOf = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

describe('ByteTable', () => {
  it('finds what was added, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ maxLength: 50 }), { maxLength: 200 }),
        fc.string(),
        (texts, other) => {
          const table = new ByteTable();
          const find = (bytes: Buffer) => table.find(viewOf(bytes), 0, bytes.length);
          texts.forEach((text, i) => {
            const bytes = Buffer.from(`${text}.`);
            assert.equal(find(bytes), -1);
            table.add(viewOf(bytes), 0, bytes.length, i);
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
      table.add(viewOf(run), 0, run.length, i);
    }
    for (let i = 0; i < 20_000; i++) assert.equal(table.find(viewOf(bytes(i)), 0, bytes(i).length), i);
  });
});

describe('ByteTable, reading on', () => {
  // No run begins with another, as with identities that say their own length.
  const run = (text: string) => Buffer.from(`${text.replaceAll('.', '')}.`);

  it('finds by what is expected to follow just what it finds by hashing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 50 }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        (texts, disorder) => {
          const runs = texts.map(run);
          const table = new ByteTable();
          const numbers = new Map<string, number>();
          const read = (bytes: Buffer) => {
            // What follows a run in the buffer is not part of it.
            const view = viewOf(Buffer.concat([bytes, Buffer.from('...')]));
            const next = table.next(view, 0, view.byteLength);
            if (next >= 0) {
              assert.equal(table.length, bytes.length);
              return next;
            }
            const found = table.find(view, 0, bytes.length);
            if (found >= 0) return found;
            table.add(view, 0, bytes.length, numbers.size);
            numbers.set(bytes.toString(), numbers.size);
            return numbers.size - 1;
          };
          const order = [...runs, ...runs, ...disorder.map((i) => runs[i % runs.length] as Buffer), ...runs];
          for (const bytes of order) assert.equal(read(bytes), numbers.get(bytes.toString()));
        },
      ),
    );
  });

  it('sees a single byte that is another, wherever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), fc.nat(), fc.nat(254), (bytes, at, by) => {
        const table = new ByteTable();
        table.add(viewOf(Buffer.from(bytes)), 0, bytes.length, 7);
        const next = (run: Buffer) => table.next(viewOf(run), 0, run.length);
        const find = (run: Buffer) => table.find(viewOf(run), 0, run.length);
        assert.equal(find(Buffer.from(bytes)), 7);
        // It is its own follower from now on.
        assert.equal(find(Buffer.from(bytes)), 7);
        assert.equal(next(Buffer.from(bytes)), 7);
        const other = Buffer.from(bytes);
        const place = at % other.length;
        other[place] = (other[place] as number) + 1 + by;
        assert.equal(next(other), -1);
        assert.equal(find(other), -1);
      }),
    );
  });

  it('expects the order of the time before', () => {
    const table = new ByteTable();
    const runs = Array.from({ length: 50 }, (_, i) => run(`series ${i}`));
    runs.forEach((bytes, i) => {
      table.add(viewOf(bytes), 0, bytes.length, i);
    });
    for (const bytes of runs) table.find(viewOf(bytes), 0, bytes.length);
    table.find(viewOf(runs[0] as Buffer), 0, (runs[0] as Buffer).length);
    for (const bytes of runs.slice(1)) assert.ok(table.next(viewOf(bytes), 0, bytes.length) >= 0);
  });

  it('does not look beyond the end', () => {
    const table = new ByteTable();
    const bytes = run('series');
    table.add(viewOf(bytes), 0, bytes.length, 7);
    for (let i = 0; i < 2; i++) table.find(viewOf(bytes), 0, bytes.length);
    assert.equal(table.next(viewOf(bytes), 0, bytes.length), 7);
    assert.equal(table.next(viewOf(bytes), 0, bytes.length - 1), -1);
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
          table.add(viewOf(run), 0, run.length, i);
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

  it('finds by a number the series that it stands for', () => {
    const text = fc.string({ maxLength: 100, unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, fc.uniqueArray(text, { maxLength: 70 }), (tenantId, metric, names) => {
        const tags = Object.fromEntries(names.map((name, i) => [`.${name}`, `${i} ${name}`]));
        const index = new SeriesIndex([{ ...everything, groupBy: null }]);
        const series = { tenantId, metric, tags };
        assert.deepEqual(index.describe(0, index.intern(series)), series);
      }),
    );
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

  /** As `decodePoints` does: found by its bytes, or decoded and made known. */
  const read = (index: SeriesIndex, spelling: string, tags: Record<string, string>) => {
    const run = Buffer.from(spelling);
    const found = index.find(viewOf(run), 0, run.length);
    const series = { tenantId: 't', metric: 'm', tags };
    return found >= 0 ? found : index.add(viewOf(run), 0, run.length, series);
  };

  it('remembers a bounded number of spellings of a series, and knows it by each', () => {
    const used = [0];
    const index = new SeriesIndex([
      { groupBy: null, wants: () => true, eachGroup: (callback) => used.forEach(callback) },
    ]);
    const number = read(index, 'first', { host: 'a' });
    let bytes = 0;
    for (let i = 0; i < 100_000; i++) {
      assert.equal(read(index, `spelling ${i}`, { host: 'a' }), number);
      if (i === 100) bytes = index.bytes;
    }
    assert.equal(index.size, 1);
    assert.equal(index.bytes, bytes);
    assert.equal(index.spellings.size, MAX_SPELLINGS);
    assert.equal(index.spellings.refused, 100_000 + 1 - MAX_SPELLINGS);
  });

  it('remembers spellings of many series only up to the memory of the series themselves', () => {
    const index = new SeriesIndex([{ ...everything, groupBy: null }]);
    const long = 'x'.repeat(1_000);
    for (let spelling = 0; spelling < MAX_SPELLINGS; spelling++)
      for (let series = 0; series < 1_000; series++)
        assert.equal(read(index, `${series}, ${spelling} ${long}`, { host: `${series}` }), series);
    assert.equal(index.size, 1_000);
    assert.ok(index.spellings.size < 1_100, `${index.spellings.size} spellings of 1 kB`);
    // They are learnt anew: who has few is not shut out by who has many.
    read(index, '7 as it comes', { host: '7' });
    const run = Buffer.from('7 as it comes');
    assert.equal(index.find(viewOf(run), 0, run.length), 7);
  });

  it('forgets series whose tags are grouped away when they take much, but not their group', () => {
    const index = new SeriesIndex([
      { groupBy: [], wants: () => true, eachGroup: (callback) => callback(0) },
      { ...everything, groupBy: null },
    ]);
    const long = 'x'.repeat(4_000);
    for (let i = 0; i < 20_000; i++) {
      assert.equal(index.groupOf(0, read(index, `${i}`, { host: `${i}`, long })), 0);
      assert.ok(index.size < 10_000, 'keeps what it could find anew');
    }
    assert.deepEqual(index.describe(0, 0), { tenantId: 't', metric: 'm', tags: {} });
  });

  it('sweeps by the length of the series too', () => {
    const index = new SeriesIndex([{ ...everything, groupBy: null }]);
    const long = 'x'.repeat(60_000);
    for (let i = 0; i < 2_000; i++) {
      read(index, `${i}`, { host: `${i}`, long });
      assert.ok(index.bytes < 40_000_000, `${index.bytes} bytes`);
    }
  });
});
