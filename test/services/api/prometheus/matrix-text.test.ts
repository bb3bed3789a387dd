import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixText } from '../../../../services/api/prometheus/matrix-text.js';
import { Labels } from '../../../../services/api/prometheus/promql/model/labels.js';
import type { Series } from '../../../../services/api/prometheus/promql/model/series-source.js';
import { rangeData } from '../../../../services/api/prometheus/result.js';

const series = (length: number, labels: Record<string, string>): Series => ({
  labels: Labels.of(Object.entries(labels)),
  times: Float64Array.from({ length }, (_, i) => 1_700_000_000_123 + i * 15_000),
  values: Float64Array.from({ length }, (_, i) => [0.1, Number.NaN, Infinity, -0, 1e21][i % 5] ?? 0),
});

async function piecesOf(all: readonly Series[], warnings: readonly string[]): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of matrixText(all, warnings)) pieces.push(piece);
  return pieces;
}

describe('the text of an answer with series', () => {
  it('is that of the same objects', async () => {
    for (const lengths of [[], [0], [1], [999, 1_000, 1_001], [2_000, 3]]) {
      const all = lengths.map((length, i) => series(length, { host: `h"\\${i}`, __name__: 'ü' }));
      const text = JSON.stringify({ status: 'success', data: rangeData(all) });
      assert.equal((await piecesOf(all, [])).join(''), text);
    }
    const [warned] = [JSON.parse((await piecesOf([], ['a "b"'])).join(''))];
    assert.deepEqual(warned, { status: 'success', data: rangeData([]), warnings: ['a "b"'] });
  });

  it('comes in pieces of some ten kilobytes', async () => {
    const pieces = await piecesOf([series(50_000, { host: 'a' })], []);
    assert.ok(pieces.length >= 50 && pieces.every(({ length }) => length < 50_000));
  });
});
