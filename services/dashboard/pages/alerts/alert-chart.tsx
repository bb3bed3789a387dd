import { call } from '../../api/call.js';
import type { AlertWithTimes } from '../../api/operations.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { pairTexts, tagTexts } from '../../api/tags.js';
import { Chart } from '../../charts/chart.js';
import { type ChartMark, chartPoints } from '../../charts/series.js';
import { Card } from '../../parts/card.js';
import { Loaded } from '../../parts/states.js';
import { spanQuery } from '../../time/moment.js';
import { now } from '../../time/range.js';
import { thresholdOfPoints } from '../rules/draft.js';
import { around } from './around.js';
import { ruleNamed } from './rule-named.js';

/** Labels of an alert that are no tags of the series. */
const OWN = new Set(['alertname', 'tenant', 'metric', 'severity', 'rule']);
const EVERY_MS = 10_000;
const MOST_TAGS = 10;

/** The metric of an alert, from half an hour before it was raised; the times that it went up are marked. */
export function AlertChart({ alert, metric }: { readonly alert: AlertWithTimes; readonly metric: string }) {
  const { start, end } = around(alert, now.value);
  const known = useResource(
    async (signal) => (await call('GET /metrics/series', { query: { metric }, signal })).series,
    [tenant.value, metric],
  );
  const names = new Set(known.data?.flatMap(({ tags }) => Object.keys(tags)) ?? []);
  const tag = pairTexts(
    Object.entries(alert.labels)
      .filter(([name]) => !OWN.has(name) && names.has(name))
      .slice(0, MOST_TAGS),
  );
  const figures = useResource(
    (signal) =>
      call('GET /metrics/query', {
        // Up to now, one of long ago would come in the steps of a long range.
        query: { metric, tag, ...spanQuery(around(alert, now.peek())) },
        signal,
      }),
    [tenant.value, metric, tag.join('\n'), alert.startsAt, alert.endsAt],
    { everyMs: alert.endsAt === null ? EVERY_MS : null, keeps: true },
  );
  const threshold = useResource(
    async (signal) => {
      // Of a rule that is removed, alerts stay: it is looked for among those that are there.
      const { on, expr } = (await ruleNamed(alert.rule, signal)) ?? {};
      return on === 'anomaly' || expr === undefined ? null : thresholdOfPoints(expr);
    },
    [tenant.value, alert.rule],
  ).data;
  const marks: ChartMark[] = alert.occurrences.map(({ startsAt, endsAt, severity }) => ({
    ...{ id: startsAt, kind: 'alert', severity, text: alert.annotations.summary ?? alert.rule },
    start: Date.parse(startsAt),
    end: endsAt === null ? end : Date.parse(endsAt),
  }));
  return (
    <Card title={metric}>
      <Loaded of={figures}>
        {({ series }) => (
          <Chart
            name={`${metric} around the alert`}
            span={{ start, end }}
            marks={marks.filter((mark) => mark.end > start)}
            {...(threshold !== null && { threshold: { value: threshold, name: 'Threshold of the rule' } })}
            series={series.map(({ tags, points }) => ({
              name: tagTexts(tags).join(' ') || metric,
              points: chartPoints(points),
              tags,
            }))}
          />
        )}
      </Loaded>
    </Card>
  );
}
