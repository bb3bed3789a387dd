import type { MetricPoint } from '../../../schemas/types.js';
import { windowingStage } from '../../../services/windowing/windowing-stage.js';
import { parseDefinitions } from '../../../shared/catalog/window-definitions.js';
import { DEFAULT_DEFINITIONS } from '../../../shared/windows/definition.js';
import { pointOf } from '../../support/point.js';
import { anyStage, codecs, type Scenario, START } from '../scenario.js';

/** Every kind of definition, with and without each key: their fingerprints are in checkpoint and changelog. */
export const WINDOWS = `
windows:
  - { name: hop, kind: hopping, size: 20s, advance: 10s, grace: 2s, quantiles: [0.5, 0.99] }
  - { name: by-host, size: 30s, grace: 0s, metrics: "cpu*", tenants: "ac*", groupBy: [host], maxSeries: 7 }
  - { name: visit, kind: session, gap: 15s, maxLength: 5m, grace: 2s, groupBy: [host] }
  - { name: long-visit, kind: session, gap: 20s }
`;

/** Tags in no order, one of them beyond ASCII. */
function point(atMs: number, value: number, host = 'a'): MetricPoint {
  const series = { tenantId: 'acme', metric: 'cpu.load', tags: { zone: 'ü', host } };
  return pointOf({ ...series, timestamp: START + atMs, value, id: `${host}-${atMs}` });
}

const points = codecs.encoder('metrics');

function step(arrivedMs: number, ...all: MetricPoint[]) {
  const records = all.map((each) => ({ value: points.encode(each), timestamp: START + arrivedMs }));
  return { now: START + arrivedMs, records };
}

/**
 * Committed with panes and sessions open, one session closed and one point late. What is late after the restart
 * depends on the time in the checkpoint, what the open windows hold on its offset, and sessions on the changelog.
 */
export const windowing: Scenario = {
  name: 'windowing',
  input: 'metrics',
  open: () =>
    anyStage(
      windowingStage({
        definitions: () => [...DEFAULT_DEFINITIONS, ...parseDefinitions(WINDOWS, 'windows.yaml')],
        idleTimeoutMs: 60_000,
        watermarkHoldMs: 600_000,
        maxSeries: 100,
        decoder: codecs.decoder('metrics'),
        windows: codecs.encoder('windows'),
        late: codecs.encoder('late'),
      }),
    ),
  before: [
    step(1_000, point(0, 1), point(500, 2, 'b')),
    step(12_000, point(11_000, 3)),
    step(81_000, point(80_000, 5), point(79_500, 7, 'b')),
    step(82_000, point(50_000, 8), point(81_500, 9)),
  ],
  after: [
    step(84_000, point(83_000, 11), point(82_000, 13, 'b'), point(50_000, 17)),
    step(102_000, point(101_500, 19)),
    step(163_000),
  ],
};
