import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { of } from 'rxjs';
import {
  count,
  hoppingWindow,
  quantiles,
  sessionWindow,
  sum,
  tumblingWindow,
} from '../../../shared/operators/index.js';

/** The examples in the operators' documentation, with what they say that comes out. */
describe('the documented example', () => {
  it('of tumblingWindow', () => {
    const sales = [
      [
        { at: 1_000, shop: 'a', euros: 5 },
        { at: 8_000, shop: 'a', euros: 7 },
      ],
      [{ at: 12_000, shop: 'a', euros: 1 }],
    ];
    type Sale = (typeof sales)[0][0];
    const output: unknown[] = [];
    of(...sales)
      .pipe(
        tumblingWindow({
          sizeMs: 10_000,
          graceMs: 2_000,
          timestamp: (sale: Sale) => sale.at,
          key: (sale) => sale.shop,
          aggregate: sum((sale) => sale.euros),
        }),
      )
      .subscribe(({ windows }) => output.push(windows));
    assert.deepEqual(output, [
      [{ key: 'a', start: 0, end: 10_000, watermark: 10_000, result: 12 }],
      [{ key: 'a', start: 10_000, end: 20_000, watermark: Number.POSITIVE_INFINITY, result: 1 }],
    ]);
  });

  it('of hoppingWindow', () => {
    const requests = [[{ at: 5_000, path: '/', ms: 30 }], [{ at: 25_000, path: '/', ms: 90 }]];
    type Request = (typeof requests)[0][0];
    const output: unknown[] = [];
    of(...requests)
      .pipe(
        hoppingWindow({
          sizeMs: 20_000,
          advanceMs: 10_000,
          graceMs: 0,
          timestamp: (request: Request) => request.at,
          key: (request) => request.path,
          aggregate: quantiles((request) => request.ms, [0, 1]),
        }),
      )
      .subscribe(({ windows }) => output.push(windows.map(({ start, result }) => [start, ...result])));
    assert.deepEqual(output, [
      [
        [-10_000, 30, 30],
        [0, 30, 30],
      ],
      [
        [10_000, 90, 90],
        [20_000, 90, 90],
      ],
    ]);
  });

  it('of sessionWindow', () => {
    const clicks = [
      [
        { at: 0, user: 'ann' },
        { at: 20_000, user: 'ann' },
      ],
      [{ at: 90_000, user: 'ann' }],
    ];
    type Click = (typeof clicks)[0][0];
    const output: unknown[] = [];
    of(...clicks)
      .pipe(
        sessionWindow({
          gapMs: 30_000,
          graceMs: 5_000,
          timestamp: (click: Click) => click.at,
          key: (click) => click.user,
          aggregate: count(),
        }),
      )
      .subscribe(({ windows }) => output.push(windows));
    assert.deepEqual(output, [
      [{ key: 'ann', start: 0, end: 50_000, watermark: 85_000, result: 2 }],
      [{ key: 'ann', start: 90_000, end: 120_000, watermark: Number.POSITIVE_INFINITY, result: 1 }],
    ]);
  });
});
