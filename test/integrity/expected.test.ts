import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDefinitions } from '../../shared/catalog/window-definitions.js';
import { MAX_EXACT } from '../../shared/windows/distinct.js';
import { pointOf } from '../support/point.js';
import { differences, windowKey } from '../support/recompute.js';
import { type Arrivals, runWindowing } from '../support/run-windowing.js';
import { hasSketch, windowsFile } from './definitions.js';
import { Expected } from './expected.js';
import { Findings } from './findings.js';
import { PointMaker } from './points.js';
import { randomOf } from './random.js';

const START = Date.UTC(2026, 0, 15, 12);
const STEP_MS = 200;
const STEPS = 120;
/** Per step; enough of them in one window for its members to be estimated. */
const POINTS = (step: number) => (step >= 40 && step < 60 ? 300 : 12);

describe('what the integrity test expects', () => {
  it('is what the windowing stage writes when nothing disturbs it, to the last bit of an increase', () => {
    const maker = new PointMaker(randomOf(3), 1, START);
    const steps = Array.from({ length: STEPS + 100 }, (_, i): Arrivals => {
      const now = START + (i + 1) * STEP_MS;
      const points = i < STEPS ? maker.make(POINTS(i), now).map(({ point }) => pointOf(point)) : [];
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
    let [counters, members, crowded] = [0, 0, 0];
    for (const window of written) {
      const { tenantId, metric, tags, window: name, start } = window;
      const tally = expected.windows.get(windowKey(tenantId, metric, tags, name, start));
      const wanted = tally?.figures();
      assert.ok(tally !== undefined && wanted !== undefined, `${metric} ${name} at ${start}`);
      const isExact = window.increase === wanted.increase && window.rate === wanted.rate;
      if (!isExact || differences(window, wanted).length > 0) assert.fail(JSON.stringify([window, wanted]));
      assert.equal(tally.wrongMembers(window, hasSketch(name, start)), '', JSON.stringify(window));
      if ((window.increase ?? 0) > 0) counters += 1;
      if (window.distinct !== null) members += 1;
      if ((window.distinct ?? 0) > MAX_EXACT) crowded += 1;
    }
    assert.equal(written.length, expected.windows.size);
    assert.ok(counters > 500 && late.length > 5, `${counters} with counters, ${late.length} late`);
    assert.ok(members > 500 && crowded > 0, `${members} with members, ${crowded} with many`);
  });
});
