import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvOf, figuresOf } from '../../../../services/dashboard/charts/figures.js';

describe('the figures of a chart', () => {
  const series = [
    {
      name: 'a',
      points: [
        [0, 1],
        [1_000, null],
        [2_000, 0.1],
      ] as const,
    },
    { name: '=HYPERLINK("x")', points: [[1_000, 7]] as const },
  ];

  it('are rows of times, newest first, of the range alone', () => {
    assert.deepEqual(figuresOf(series, { start: 0, end: 2_000 }), {
      names: ['a', '=HYPERLINK("x")'],
      rows: [
        { time: 1_000, values: [null, 7] },
        { time: 0, values: [1, null] },
      ],
    });
  });

  it('are a file that a spreadsheet takes for values', () => {
    assert.equal(
      csvOf(figuresOf(series, { start: 0, end: 3_000 })),
      [
        `time,a,"'=HYPERLINK(""x"")"`,
        '1970-01-01T00:00:00.000Z,1,',
        '1970-01-01T00:00:01.000Z,,7',
        '1970-01-01T00:00:02.000Z,0.1,',
        '',
      ].join('\r\n'),
    );
  });
});
