import type { Anomaly, WindowAggregate } from '../../schemas/types.js';
import type { ValueDecoder } from '../../shared/ports/codec.js';
import type { TracedOutput, TracedStageOptions } from '../../shared/process/traced-stage.js';
import { hasTags } from '../../shared/wire/series-tags.js';

type Scored = Pick<WindowAggregate, 'tenantId' | 'tags' | 'window' | 'start'>;

/** A span of each anomaly that was found in a traced window; that of several metrics at once goes back to any of them. */
export function tracedAnomalies(
  windows: Pick<ValueDecoder<WindowAggregate>, 'decode'>,
  anomalies: Pick<ValueDecoder<Anomaly>, 'decode'>,
): Pick<TracedStageOptions<Scored>, 'note' | 'outputs'> {
  const found: TracedOutput<Scored> = {
    sameKey: false,
    read: (value) => {
      const { tenantId, metric, tags, window, start, detector, severity, score } = anomalies.decode(value);
      return {
        comesFrom: (scored) =>
          scored.start === start &&
          scored.window === window &&
          scored.tenantId === tenantId &&
          hasTags(scored.tags, tags),
        span: {
          name: `anomaly ${window}`,
          attributes: {
            'tactus.tenant': tenantId,
            'tactus.metric': metric,
            'tactus.detector': detector,
            'tactus.severity': severity,
            'tactus.score': score,
          },
        },
      };
    },
  };
  return {
    note: (value) => {
      const { tenantId, tags, window, start } = windows.decode(value);
      return { tenantId, tags, window, start };
    },
    outputs: { anomalies: found, 'state.candidates': found },
  };
}
