import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDefinitions } from '../../shared/catalog/window-definitions.js';
import { pointOf } from '../support/point.js';
import { differences, windowKey } from '../support/recompute.js';
import { type Arrivals, runWindowing } from '../support/run-windowing.js';
import { windowsFile } from './definitions.js';
import { Expected } from './expected.js';
import { Findings } from './findings.js';
import { PointMaker } from './points.js';
import { randomOf } from './random.js';

const START = Date.UTC(2026, 0, 15, 12);
const STEP_MS = 200;
const STEPS = 120;
const POINTS = 12;

describe('what the integrity test expects', () => {
  it('is what the windowing stage writes when nothing disturbs it, to the last bit of an increase', () => {
    const maker = new PointMaker(randomOf(3), 1, START);
    const steps = Array.from({ length: STEPS + 100 }, (_, i): Arrivals => {
      const now = START + (i + 1) * STEP_MS;
      const points = i < STEPS ? maker.make(POINTS, now).map(({ point }) => pointOf(point)) : [];
      return { now, points };
    });
    const { written, late } = runWindowing(parseDefinitions(windowsFile(), 'windows.yaml'), steps);
    const findings = new Findings();
    const expected = new Expected(findings);
    for (const report of late) expected.addLate(report);
    let offset = 0;
    for (const { now, points } of steps)
      for (const value of points)
        expected.addPoint({ partition: 0, offset: offset++, appendedAt: now, key: '', headers: [], value });
    expected.finish();
    let counters = 0;
    for (const window of written) {
      const { tenantId, metric, tags, window: name, start } = window;
      const wanted = expected.windows.get(windowKey(tenantId, metric, tags, name, start))?.figures();
      assert.ok(wanted !== undefined, `${metric} ${name} at ${start}`);
      const isExact = window.increase === wanted.increase && window.rate === wanted.rate;
      if (!isExact || differences(window, wanted).length > 0) assert.fail(JSON.stringify([window, wanted]));
      if ((window.increase ?? 0) > 0) counters += 1;
    }
    assert.equal(written.length, expected.windows.size);
    assert.ok(counters > 500 && late.length > 5, `${counters} with counters, ${late.length} late`);
  });
});
