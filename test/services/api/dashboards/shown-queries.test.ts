import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Component } from '../../../../services/api/dashboards/components.js';
import {
  type AlertQuestion,
  type MetricQuestion,
  showsAlerts,
  showsMetric,
} from '../../../../services/api/dashboards/shown-queries.js';

const AT = { title: '', x: 0, y: 0, w: 6, h: 4 } as const;
const COMPONENTS: readonly Component[] = [
  { ...AT, kind: 'chart', metric: 'cpu', tags: { region: 'eu', env: 'prod' } },
  { ...AT, kind: 'table', metric: 'orders', aggregation: 'sum', by: ['shop', 'plan'], top: 5, compare: '7d' },
  { ...AT, kind: 'kpi', metric: 'revenue', aggregation: 'sum', tags: { plan: 'family' } },
  { ...AT, kind: 'chart', metric: 'memory', band: true },
  { ...AT, kind: 'alerts', state: 'firing', labels: { team: 'web' } },
];

describe('what a dashboard shows of metrics', () => {
  const cpu: MetricQuestion = {
    metric: 'cpu',
    tags: { env: 'prod', region: 'eu' },
    aggregation: 'avg',
    by: null,
  };
  const orders: MetricQuestion = {
    ...{ metric: 'orders', tags: {}, aggregation: 'sum', by: ['plan', 'shop'], top: 5 },
  };
  const revenue: MetricQuestion = { metric: 'revenue', tags: { plan: 'family' }, aggregation: 'sum', by: [] };
  const memory: MetricQuestion = { metric: 'memory', tags: {}, aggregation: 'avg', by: null };

  for (const [what, asked] of Object.entries({
    'each series with its tags, in any order': cpu,
    'groups, in any order': orders,
    'groups beside the earlier period': { ...orders, compare: '7d' },
    'one figure': revenue,
    'what was expected': { ...memory, band: true },
    'the same without what was expected': { ...memory, band: false },
  }))
    it(`are ${what}`, () => assert.equal(showsMetric(COMPONENTS, asked), true));

  for (const [what, asked] of Object.entries({
    'another metric': { ...cpu, metric: 'disk' },
    'more series': { ...cpu, tags: { region: 'eu' } },
    'fewer series': { ...cpu, tags: { region: 'eu', env: 'prod', host: 'a' } },
    'other series': { ...cpu, tags: { region: 'us', env: 'prod' } },
    'series whose tags are those of every object': { ...memory, tags: { constructor: 'x' } },
    'another aggregation': { ...cpu, aggregation: 'max' },
    'a sum of each series': { ...cpu, by: [] },
    'other groups': { ...orders, by: ['shop'] },
    'finer groups': { ...orders, by: ['shop', 'plan', 'host'] },
    'the series of a figure': { ...revenue, by: null },
    'the parts of a figure': { ...revenue, by: ['shop'] },
    'more groups': { ...orders, top: undefined },
    'an earlier period that is not shown': { ...orders, compare: '30d' },
    'what was expected where it is not shown': { ...cpu, band: true },
  }))
    it(`are not ${what}`, () => assert.equal(showsMetric(COMPONENTS, asked), false));
});

describe('what a dashboard shows of alerts', () => {
  const firing: AlertQuestion = { state: 'firing', labels: { team: 'web' } };

  it('are those of its list', () => assert.equal(showsAlerts(COMPONENTS, firing), true));

  for (const [what, asked] of Object.entries({
    all: { labels: {} },
    'those of another state': { ...firing, state: 'resolved' },
    'those of one rule': { ...firing, rule: 'Slow' },
    'those of one severity': { ...firing, severity: 'critical' },
    'those of others': { ...firing, labels: { team: 'db' } },
  }))
    it(`are not ${what}`, () => assert.equal(showsAlerts(COMPONENTS, asked), false));

  it('are none where it has no list of them', () =>
    assert.equal(showsAlerts(COMPONENTS.slice(0, 4), { labels: {} }), false));
});
