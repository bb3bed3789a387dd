import { useMemo, useState } from 'preact/hooks';
import { go, link, setQuery } from '../../address/address.js';
import { call } from '../../api/call.js';
import { ApiProblem } from '../../api/problem.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Chart } from '../../charts/chart.js';
import { Button } from '../../parts/button.js';
import { Empty, Loaded, Partial, Skeleton } from '../../parts/states.js';
import { Tabs } from '../../parts/tabs.js';
import { wallTime } from '../../time/clock.js';
import { spanQuery } from '../../time/moment.js';
import { rangeText, resolved, span, zoomOut, zoomTo } from '../../time/range.js';
import { anomaliesOf, MOST_DRAWN } from './assembled.js';
import { componentOf } from './component.js';
import { Controls } from './controls.js';
import { DownloadButton } from './download.js';
import { ExplainPanel } from './explain-panel.js';
import { changesOf } from './explained.js';
import { Filters } from './filters.js';
import { HeatmapView } from './heatmap-view.js';
import { SaveButton } from './save-button.js';
import { SensitivityControl } from './sensitivity-control.js';
import { SourceNote } from './source-note.js';
import { ALL, type ExploreState } from './state.js';
import { tagNamesOf, tagValuesOf } from './tag-values.js';
import { ThresholdBar } from './threshold-bar.js';
import { unitOf } from './unit.js';
import { useExplore } from './use-explore.js';
import { viewAddress } from './view-address.js';

const HEIGHT = 360;

/** One metric: which of its series, how they are put together, and what they show. */
export function MetricView({ metric, state }: { readonly metric: string; readonly state: ExploreState }) {
  const [shown, setShown] = useState<readonly string[] | null>(null);
  const [isSensitivityShown, setSensitivityShown] = useState(state.tried !== null);
  const { from, to } = rangeText.value;
  const known = useResource(
    async (signal) => {
      const query = { metric, ...spanQuery(resolved({ from, to }, wallTime())) };
      return (await call('GET /metrics/series', { query, signal })).series;
    },
    [tenant.value, metric, from, to],
    { keeps: true },
  );
  // Of up to thousands of series, and the page moves on each second.
  const values = useMemo(() => tagValuesOf(known.data ?? []), [known.data]);
  const tagNames = useMemo(() => tagNamesOf(values), [values]);
  const { main, series, band, marks, missing } = useExplore({ ...state, metric, tagNames }, state);
  const unit = unitOf(metric, state.aggregation);
  const { threshold, explain, view, top, by } = state;
  const chart = {
    ...{ name: metric, series, span: span.value, marks, height: HEIGHT, shown, onShown: setShown },
    ...(unit !== undefined && { unit }),
  };
  return (
    <div class="stack">
      <div class="bar">
        <h2 class="explore-metric">{metric}</h2>
        {main.data !== null && <SourceNote answer={main.data} />}
      </div>
      <div class="bar">
        <Filters tags={state.tags} values={values} />
        <Controls state={state} tagNames={tagNames} />
      </div>
      <section class="card">
        <div class="explore-head">
          <Tabs
            name="View"
            items={(['chart', 'table', 'heatmap'] as const).map((one) => ({
              ...{ to: viewAddress(one), isCurrent: view === one },
              text: { chart: 'Chart', table: 'Table', heatmap: 'Heatmap' }[one],
            }))}
          />
          <span class="bar">
            {band !== null && (
              <Button
                aria-expanded={isSensitivityShown}
                onClick={() => {
                  setSensitivityShown(!isSensitivityShown);
                  setQuery({ sensitivity: null }, { replace: true });
                }}
              >
                Sensitivity
              </Button>
            )}
            {may('operate') && series.length > 0 && <ThresholdBar {...{ metric, state, series }} />}
            {may('operate') && (
              <SaveButton
                component={componentOf(metric, state, tagNames, span.value.end - span.value.start)}
              />
            )}
            <DownloadButton {...{ metric, series, span: span.value }} />
          </span>
        </div>
        <div class="card-body explore-body">
          {missing.length > 0 && <Partial>Not to be had at the moment: {missing.join(', ')}.</Partial>}
          {main.data !== null && main.data.series.length > MOST_DRAWN && (
            <Partial>
              {MOST_DRAWN} of {main.data.series.length} series are drawn.{' '}
              <Button isSmall onClick={() => setQuery({ top: 10 })}>
                Show the top 10
              </Button>
            </Partial>
          )}
          {main.error instanceof ApiProblem && main.error.code === 'TACTUS_QUERY_TOO_LARGE' && (
            <div class="bar">
              {top === null && <Button onClick={() => setQuery({ top: 10 })}>Show the top 10</Button>}
              {by?.length !== 0 && <Button onClick={() => setQuery({ by: ALL })}>Put all in one</Button>}
            </div>
          )}
          <Loaded
            of={main}
            loading={<Skeleton lines={1} height={`${HEIGHT}px`} />}
            isEmpty={() => series.every(({ points }) => points.length === 0)}
            empty={
              <Empty title="No points in this range">
                <p>
                  {state.tags.length > 0
                    ? 'No series has all these tags. Remove a filter, or look at a longer range.'
                    : 'Look at a longer range.'}
                </p>
                <Button onClick={() => zoomTo(zoomOut(span.value, wallTime()))}>Zoom out</Button>
              </Empty>
            }
          >
            {() =>
              view === 'heatmap' ? (
                <HeatmapView
                  {...{ metric, series, span: span.value, height: HEIGHT, tags: state.tags }}
                  {...(unit !== undefined && { unit })}
                />
              ) : (
                <Chart
                  {...chart}
                  isTable={view === 'table'}
                  onMark={({ kind, id, start }) =>
                    go(
                      kind === 'anomaly'
                        ? link(`/anomalies/${encodeURIComponent(id)}`)
                        : link('/quality', { slot: new Date(start).toISOString() }),
                    )
                  }
                  onExplain={({ start, end }) =>
                    setQuery({ explain: `${Math.round(start)}-${Math.round(end)}` })
                  }
                  {...(threshold !== null && {
                    threshold: {
                      value: threshold,
                      name: 'Height of the alert',
                      onChange: (value) => setQuery({ threshold: value }, { replace: true }),
                    },
                  })}
                />
              )
            }
          </Loaded>
          {band !== null && isSensitivityShown && (
            <SensitivityControl {...{ metric, band: band.data, onKept: band.reload }} />
          )}
        </div>
      </section>
      {explain !== null && main.data !== null && (
        <ExplainPanel
          {...{ window: explain, shown, onShown: setShown }}
          changes={changesOf(series, explain, anomaliesOf(main.data.anomalies))}
        />
      )}
    </div>
  );
}
