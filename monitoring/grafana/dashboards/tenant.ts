import {
  type DashboardBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { bars, dashboard, figure, lines, withPanels } from '../panels.js';

const R = '[$__rate_interval]';
const OF = '{tenant="$tenant"}';

const panels = [
  figure(
    'Completeness',
    'percentunit',
    'Share of its stored points that windows count',
    `min(tactus_data_completeness_ratio${OF})`,
  ),
  figure(
    'Accuracy',
    'percentunit',
    'Share of its windows that equal the stored points',
    `min(tactus_data_accuracy_ratio${OF})`,
  ),
  lines(
    'Accuracy and completeness',
    'percentunit',
    'Over the windows compared in the last hour',
    [`min(tactus_data_completeness_ratio${OF})`, 'completeness'],
    [`min(tactus_data_accuracy_ratio${OF})`, 'accuracy'],
  ),
  lines('Timeliness', 's', 'From the stream time that closed a window to its emission', [
    `max by (quantile) (tactus_data_timeliness_seconds${OF})`,
    'p{{quantile}}',
  ]),
  bars('Refused requests', 'reqps', 'Refused as a whole by the gateway', [
    `sum(rate(tactus_gateway_tenant_requests_refused_total${OF}${R}))`,
    'refused',
  ]),
  bars(
    'Limiter use',
    'cps',
    'What was over its quota: requests to the gateway, points and events to Kafka',
    [`sum(rate(tactus_gateway_tenant_over_quota_total${OF}${R}))`, 'requests'],
    [`sum by (quantity) (rate(tactus_over_quota_total${OF}${R}))`, 'records by {{quantity}}'],
  ),
  bars('Refused series', 'cps', 'Points of new series over its limit', [
    `sum by (worker) (rate(tactus_series_refused_total${OF}${R}))`,
    '{{worker}}',
  ]),
];

/** What one tenant gets; of the 100 with the most points, and those that were refused last. */
export function tenant(): DashboardBuilder {
  const names = 'label_values(tactus_data_completeness_ratio, tenant)';
  const variable = new QueryVariableBuilder('tenant')
    .label('Tenant')
    .query(names)
    .definition(names)
    .datasource({ type: 'prometheus', uid: `\${datasource}` })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
  const board = dashboard('tactus-tenant', 'Tactus: tenant', 'Data quality and refusals of one tenant');
  return withPanels(board.withVariable(variable), panels);
}
