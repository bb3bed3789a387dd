import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Component,
  checkComponents,
  componentsOf,
} from '../../../../services/api/dashboards/components.js';

const AT = { title: 'Latency', x: 0, y: 0, w: 6, h: 4 };
const CHART: Component = { ...AT, kind: 'chart', metric: 'latency' };

describe('the components of a dashboard', () => {
  for (const [what, component] of Object.entries({
    'a chart of each series with what was expected': { ...CHART, tags: { host: 'a' }, band: true },
    'a chart of groups': { ...CHART, by: ['host'], aggregation: 'p95', top: 5, compare: '7d' },
    'a figure beside that of last week': { ...CHART, kind: 'kpi', compare: '7d', unit: 'ms' },
    'a heatmap': { ...CHART, kind: 'heatmap', by: [] },
    'a table': { ...CHART, kind: 'table', by: ['host'], id: 'hosts' },
    alerts: { ...AT, kind: 'alerts', state: 'firing', labels: { host: 'a' } },
    'all alerts': { ...AT, kind: 'alerts' },
    'a text': { ...AT, kind: 'text', text: 'who to call' },
  } as const))
    it(`may be ${what}`, () => {
      checkComponents({ components: [component as Component] });
      assert.deepEqual(componentsOf({ components: [component] }), [component]);
    });

  for (const [message, component] of [
    ['spec.components.1.metric: missing; table needs it', { ...AT, kind: 'table' }],
    ['spec.components.1.text: missing; text needs it', { ...AT, kind: 'text' }],
    ['spec.components.1.rule: is nothing that chart has', { ...CHART, rule: 'Slow' }],
    ['spec.components.1.metric: is nothing that alerts has', { ...CHART, kind: 'alerts' }],
    ['spec.components.1.by: is nothing that kpi has', { ...CHART, kind: 'kpi', by: ['host'] }],
    ['spec.components.1.w: must be at most 2: value was 3, and x is 10', { ...CHART, x: 10, w: 3 }],
    ['spec.components.1.top: needs by, which may be []', { ...CHART, top: 3 }],
    ['spec.components.1.band: must be without by', { ...CHART, band: true, by: [] }],
  ] as const)
    it(`are refused: ${message}`, () => {
      const components = [CHART, component as Component];
      assert.throws(
        () => checkComponents({ components }),
        (error: Error) => error.message.startsWith(message),
      );
      assert.deepEqual(componentsOf({ components }), [CHART], 'those that are right are shown');
    });

  it('that were stored before they were checked are left out where they are not of the form', () => {
    for (const components of [undefined, 'chart', {}, [null], [7], [{ metric: 'latency' }]])
      assert.deepEqual(componentsOf({ components }), []);
  });
});
