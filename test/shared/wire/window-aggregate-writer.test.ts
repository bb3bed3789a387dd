import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import { addIncrease, addPoint, CELL, stddevOf, sumOf, writeFigures } from '../../../shared/windows/cells.js';
import { SeriesIndex } from '../../../shared/windows/series-index.js';
import { FIGURES, WindowAggregateWriter } from '../../../shared/wire/window-aggregate-writer.js';
import { NO_COUNTERS } from '../../support/point.js';

const encoder = staticCodecs().encoder('windows');
const time = fc.integer({ min: -1e12, max: 4e12 });
/** Never -0: which of 0 and -0 is the larger one differs between comparisons and Math.max. */
const figure = fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((value) => value + 0);

describe('WindowAggregateWriter', () => {
  it('writes the bytes that the general encoder writes', () => {
    const writer = new WindowAggregateWriter(encoder.schemaId);
    fc.assert(
      fc.property(
        fc.record({
          tenantId: fc.string(),
          metric: fc.string({ maxLength: 300 }),
          // In order of their names, as an identity has them.
          tags: fc
            .uniqueArray(fc.string(), { maxLength: 70 })
            .map((names) => Object.fromEntries(names.sort().map((name, i) => [`.${name}`, `${i} ${name}`]))),
        }),
        fc.string(),
        fc.array(figure, { minLength: 1, maxLength: 90 }),
        fc.tuple(time, time, time, time),
        fc.option(fc.dictionary(fc.string(), fc.double({ noNaN: true }), { maxKeys: 5 })),
        fc.option(fc.double({ noNaN: true })),
        fc.option(
          fc.record({
            distinct: fc.option(fc.nat()),
            sketch: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
          }),
        ),
        (series, window, values, [start, end, watermark, emittedAt], quantiles, increase, members) => {
          const cells = new Float64Array(2 * CELL);
          values.forEach((value, i) => {
            addPoint(cells, CELL, value, i);
          });
          if (increase !== null) addIncrease(cells, CELL, increase);
          const index = new SeriesIndex([{ groupBy: null, wants: () => true, eachGroup: () => undefined }]);
          const number = index.intern(series);
          const outputs = new OutputBatch();
          writer.begin({ window, start, end, watermark, emittedAt });
          const figures = new Float64Array(FIGURES);
          writeFigures(cells, CELL, figures);
          writer.write(outputs, index.identities(0), number, figures, quantiles, members);
          const [written] = outputs;
          assert.equal(written?.topic, 'windows');
          assert.equal(
            written?.key?.toString(),
            Buffer.from(`${series.tenantId}|${series.metric}`).toString(),
          );
          const sum = sumOf(cells, CELL);
          const count = values.length;
          const [first, last] = [values[0] as number, values[count - 1] as number];
          const wanted = encoder.encode({
            ...{ ...series, window, start, end, count, sum },
            ...{ min: Math.min(...values), max: Math.max(...values), mean: sum / count },
            ...{ stddev: stddevOf(cells, CELL), first, last, quantiles, watermark, emittedAt },
            ...NO_COUNTERS,
            ...members,
            ...(increase !== null && { increase, rate: increase / ((end - start) / 1_000) }),
          });
          assert.equal(written.value.toString('hex'), wanted.toString('hex'));
        },
      ),
    );
  });
});
