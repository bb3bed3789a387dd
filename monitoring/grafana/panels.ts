import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import { BigValueGraphMode, GraphDrawStyle, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as heat from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** Of a query: its expression and what its lines are called. */
export type Query = readonly [expr: string, legend: string];

const SOURCE = { type: 'prometheus', uid: `\${datasource}` };
const HEIGHT = 8;
const STAT_HEIGHT = 4;
/** Of 24 columns. */
const SPAN = 8;
const STAT_SPAN = 3;

/** Histograms whose buckets know a trace each. */
const TRACED = [
  'tactus_gateway_request_seconds',
  'tactus_step_duration_seconds',
  'tactus_notification_latency_seconds',
];

const queryOf = ([expr, legend]: Query, i: number) => {
  const query = new DataqueryBuilder()
    .refId(String.fromCharCode(65 + i))
    .datasource(SOURCE)
    .expr(expr)
    .legendFormat(legend);
  return TRACED.some((name) => expr.includes(`${name}_bucket`)) ? query.exemplar(true) : query;
};

/** Lines over time. */
export function lines(
  title: string,
  unit: string,
  description: string,
  ...queries: Query[]
): timeseries.PanelBuilder {
  return new timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .min(0)
    .fillOpacity(8)
    .span(SPAN)
    .height(HEIGHT)
    .datasource(SOURCE)
    .targets(queries.map(queryOf));
}

/** Bars over time, one upon the other. */
export function bars(
  title: string,
  unit: string,
  description: string,
  ...queries: Query[]
): timeseries.PanelBuilder {
  return lines(title, unit, description, ...queries)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(70)
    .stacking(new common.StackingConfigBuilder().mode(StackingMode.Normal));
}

/** One number, now. */
export function figure(title: string, unit: string, description: string, expr: string): stat.PanelBuilder {
  return new stat.PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .span(STAT_SPAN)
    .height(STAT_HEIGHT)
    .graphMode(BigValueGraphMode.Area)
    .datasource(SOURCE)
    .targets([queryOf([expr, title], 0)]);
}

/** The buckets of a histogram over time. */
export function heatmap(title: string, description: string, expr: string): heat.PanelBuilder {
  return new heat.PanelBuilder()
    .title(title)
    .description(description)
    .span(SPAN)
    .height(HEIGHT)
    .calculate(false)
    .datasource(SOURCE)
    .targets([queryOf([expr, '{{le}}'], 0).format(PromQueryFormat.Heatmap)]);
}

/** Quantiles of a histogram, as queries. */
export function quantiles(metric: string, by = '', selector = ''): Query[] {
  const labels = by === '' ? 'le' : `le, ${by}`;
  const rest = by === '' ? '' : ` {{${by}}}`;
  return [0.5, 0.95, 0.99].map((q): Query => {
    const rates = `sum by (${labels}) (rate(${metric}_bucket${selector}[$__rate_interval]))`;
    return [`histogram_quantile(${q}, ${rates})`, `p${q * 100}${rest}`];
  });
}

/** A dashboard of ours; its panels come next. */
export function dashboard(uid: string, title: string, description: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['tactus'])
    .readonly()
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
}

/** Adds all of these, in their order. */
export function withPanels(to: DashboardBuilder, panels: readonly Builder<Panel>[]): DashboardBuilder {
  for (const panel of panels) to.withPanel(panel);
  return to;
}
