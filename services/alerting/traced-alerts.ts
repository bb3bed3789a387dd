import type { Alert, TopicValues } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import type { ValueDecoder } from '../../shared/ports/codec.js';
import type { OutputTrace, TracedOutput, TracedStageOptions } from '../../shared/process/traced-stage.js';
import type { Series } from '../../shared/wire/series.js';
import { hasTags } from '../../shared/wire/series-tags.js';

/** Rules wait for a condition to hold: an alert also goes back to what was read so long before. */
const KEEP_MS: Millis = 600_000;

type Input = 'windows' | 'anomalies' | 'state.candidates' | 'state.joins';
type Read<T> = Pick<ValueDecoder<T>, 'decode'>;

/** A span of each change of an alert about a series of which traced windows or anomalies have come lately. */
export function tracedAlerts<N extends Input>(
  inputs: Read<TopicValues[N] & Series>,
  alerts: Read<Alert>,
): Pick<TracedStageOptions<Series>, 'note' | 'keepMs' | 'outputs'> {
  const change: TracedOutput<Series> = {
    sameKey: false,
    read: (value) => traceOf(alerts.decode(value)),
  };
  return {
    note: seriesOf(inputs),
    keepMs: () => KEEP_MS,
    outputs: {
      alerts: change,
      'state.alerts': change,
      'state.joins': { sameKey: false, read: (value) => passOn(inputs.decode(value)) },
    },
  };
}

function seriesOf(inputs: Read<Series>): (value: Buffer | null) => Series {
  return (value) => {
    const { tenantId, metric, tags } = inputs.decode(value);
    return { tenantId, metric, tags };
  };
}

function traceOf({ fingerprint, rule, tenantId, state, severity, labels }: Alert): OutputTrace<Series> {
  return {
    // A rule that joins several metrics has none among its labels.
    comesFrom: (series) =>
      series.tenantId === tenantId &&
      (labels.metric === undefined || labels.metric === series.metric) &&
      // Tags that it is not grouped by are not among its labels.
      Object.entries(series.tags).every(([name, value]) => {
        const label = [`exported_${name}`, name].find((one) => Object.hasOwn(labels, one));
        return label === undefined || labels[label] === value;
      }),
    span: {
      name: `alert ${state}`,
      attributes: {
        'tactus.tenant': tenantId,
        'tactus.rule': rule,
        'tactus.severity': severity,
        'tactus.alert.fingerprint': fingerprint,
      },
    },
  };
}

/** The same window goes on, to be joined with others. */
function passOn({ tenantId, metric, tags }: Series): OutputTrace<Series> {
  return {
    comesFrom: (series) =>
      series.tenantId === tenantId &&
      series.metric === metric &&
      hasTags(series.tags, tags) &&
      hasTags(tags, series.tags),
    span: null,
  };
}
