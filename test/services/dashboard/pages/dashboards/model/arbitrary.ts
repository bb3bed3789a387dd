import fc from 'fast-check';
import type { Component } from '../../../../../../services/dashboard/pages/dashboards/model/component.js';

const place = fc
  .record({
    x: fc.nat(11),
    y: fc.nat(50),
    w: fc.integer({ min: 1, max: 12 }),
    h: fc.integer({ min: 1, max: 10 }),
  })
  .map((one) => ({ ...one, w: Math.min(one.w, 12 - one.x) }));
const name = fc.string({ minLength: 1, maxLength: 20 });
const aggregation = fc.constantFrom('avg', 'sum', 'p95', 'rate');
const optional = <T>(values: Record<string, fc.Arbitrary<T>>) => fc.record(values, { requiredKeys: [] });
const series = optional<unknown>({
  tags: fc.dictionary(name, fc.string(), { maxKeys: 3, noNullPrototype: true }),
  aggregation,
  unit: name,
});
const compare = fc.constantFrom('1d', '7d', '1h30m');
const groups = fc
  .tuple(
    fc.record({ by: fc.array(name, { maxLength: 3 }) }),
    optional<unknown>({ top: fc.integer({ min: 1, max: 100 }), compare }),
  )
  .map(([by, others]) => ({ ...by, ...others }));

const content = fc.oneof(
  fc
    .tuple(fc.constantFrom('chart', 'heatmap', 'table'), name, series, fc.option(groups))
    .map(([kind, metric, one, grouped]) => ({ kind, metric, ...one, ...grouped })),
  fc.tuple(name, series).map(([metric, one]) => ({ kind: 'chart', metric, ...one, band: true })),
  fc
    .tuple(name, series, optional({ compare }))
    .map(([metric, one, compared]) => ({ kind: 'kpi', metric, ...one, ...compared })),
  optional<unknown>({
    ...{ state: fc.constantFrom('firing', 'pending'), severity: fc.constant('critical'), rule: name },
    labels: fc.dictionary(name, fc.string(), { maxKeys: 3, noNullPrototype: true }),
  }).map((one) => ({ kind: 'alerts', ...one })),
  fc.string().map((text) => ({ kind: 'text', text })),
);

/** Components that can be shown, with ids that are distinct in a list of them. */
export const anyComponent = fc
  .tuple(content, place, fc.string({ maxLength: 20 }), fc.uuid())
  .map(([one, at, title, id]) => ({ ...one, ...at, title, id }) as Component);
