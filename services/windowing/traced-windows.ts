import type { MetricPoint, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import type { ValueDecoder } from '../../shared/ports/codec.js';
import type { TracedStageOptions } from '../../shared/process/traced-stage.js';
import { longestMs, type WindowDefinition } from '../../shared/windows/definition.js';
import { hasTags } from '../../shared/wire/series-tags.js';

type Point = Pick<MetricPoint, 'tenantId' | 'metric' | 'tags' | 'timestamp'>;

/** A window that is late by more than twice its time has lost its points' traces. */
const PATIENCE = 2;

export interface TracedWindowsOptions {
  readonly points: Pick<ValueDecoder<MetricPoint>, 'decode'>;
  /** Of windows that this worker writes. */
  readonly windows: Pick<ValueDecoder<WindowAggregate>, 'decode'>;
  readonly definitions: () => readonly WindowDefinition[];
  readonly holdMs: Millis;
}

/** A span of each window that has counted traced points, from when the first of them was read until it is emitted. */
export function tracedWindows({
  points,
  windows,
  definitions,
  holdMs,
}: TracedWindowsOptions): Pick<TracedStageOptions<Point>, 'note' | 'keepMs' | 'outputs'> {
  let known: readonly WindowDefinition[] | null = null;
  let keepMs: Millis = 0;
  return {
    note: (value) => {
      const { tenantId, metric, tags, timestamp } = points.decode(value);
      return { tenantId, metric, tags, timestamp };
    },
    keepMs: () => {
      const current = definitions();
      if (current !== known) {
        known = current;
        keepMs = holdMs + PATIENCE * Math.max(0, ...current.map((one) => one.graceMs + longestMs(one)));
      }
      return keepMs;
    },
    outputs: {
      windows: {
        sameKey: true,
        read: (value) => {
          const { tenantId, metric, tags, window, start, end, count } = windows.decode(value);
          return {
            comesFrom: (point) =>
              point.timestamp >= start &&
              point.timestamp < end &&
              point.metric === metric &&
              point.tenantId === tenantId &&
              hasTags(point.tags, tags),
            span: {
              name: `window ${window}`,
              attributes: {
                'tactus.tenant': tenantId,
                'tactus.metric': metric,
                'tactus.window': window,
                'tactus.window.start': start,
                'tactus.window.end': end,
                'tactus.window.points': count,
              },
            },
          };
        },
      },
    },
  };
}
