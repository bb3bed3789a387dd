import { useState } from 'preact/hooks';
import { type Answer, call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { tagTexts } from '../../api/tags.js';
import { Chart } from '../../charts/chart.js';
import { chartPoints } from '../../charts/series.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Moment } from '../../parts/moment.js';
import { Failure, Partial, Skeleton } from '../../parts/states.js';
import { Labels } from '../../parts/tag.js';
import { count } from '../../time/format.js';
import { lengthText } from '../../time/moment.js';
import { rangeText, span } from '../../time/range.js';
import { firedSpans } from './alert-spans.js';
import { type Draft, thresholdOf, withThreshold } from './draft.js';

interface BacktestProps {
  readonly draft: Draft;
  readonly file: string;
  /** Whether nothing is wrong with it. */
  readonly isSound: boolean;
  readonly onThreshold: (expr: string) => void;
}

type Result = Answer<'POST /rules/backtest'>;

const SHOWN = 20;
/** Of which a chart of the metric is drawn. */
const IS_NAME = /^[^*?]+$/;

/** What the rule would have done in the range that the page shows, drawn on the metric that it looks at. */
export function Backtest({ draft, file, isSound, onThreshold }: BacktestProps) {
  const [result, setResult] = useState<(Result & { readonly file: string }) | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const { from, to } = rangeText.value;
  const metric = IS_NAME.test(draft.metric) ? draft.metric : null;
  const figures = useResource(
    async (signal) =>
      metric === null ? null : await call('GET /metrics/query', { query: { metric, from, to }, signal }),
    [tenant.value, metric, from, to],
    { keeps: true },
  );
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      const answer = await call('POST /rules/backtest', { query: {}, body: { rules: file, from, to } });
      setResult({ ...answer, file });
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  const fired = result === null ? [] : firedSpans(result.changes, Date.parse(result.until));
  const threshold = thresholdOf(draft.expr);
  return (
    <Card
      title="Back-test"
      note="over the range above"
      actions={
        <Button icon="play" disabled={!isSound || isBusy} onClick={() => void run()}>
          Run
        </Button>
      }
    >
      <div class="stack">
        {figures.data !== null && (
          <Chart
            name={`${draft.metric}, with what the rule would have raised`}
            series={figures.data.series.map(({ tags, points }) => ({
              name: tagTexts(tags).join(' ') || draft.metric,
              points: chartPoints(points),
              tags,
            }))}
            span={span.value}
            marks={fired}
            {...(threshold !== null && {
              threshold: {
                ...{ value: threshold, name: 'Threshold of the condition' },
                onChange: (value: number) => onThreshold(withThreshold(draft.expr, value)),
              },
            })}
          />
        )}
        {draft.on === 'anomaly' && `${draft.threshold}${draft.sensitivity}` !== '' && (
          <p class="card-note">
            Only anomalies that were reported are stored: lesser ones are not found again.
          </p>
        )}
        {figures.error !== null && <Failure error={figures.error} onRetry={figures.reload} />}
        {isBusy && <Skeleton lines={2} />}
        {error !== null && <Failure error={error} onRetry={() => void run()} />}
        {result !== null && !isBusy && (
          <div class="stack" role="status">
            {result.file !== file && <Partial>The rule has changed since: run it again.</Partial>}
            <p>
              <strong>
                {result.fired === 0 ? 'No alert would have fired' : `${count(result.fired)} would have fired`}
              </strong>{' '}
              over {count(result.windows)} windows and {count(result.anomalies)} anomalies
              {result.recorded > 0 && `; ${count(result.recorded)} values recorded`}.
            </p>
            {!result.complete && (
              <Partial>
                It took too long, and ended at <Moment at={result.until} />. Choose a shorter range.
              </Partial>
            )}
            <ol class="fired">
              {fired.slice(0, SHOWN).map((one) => (
                <li key={one.id}>
                  <Moment at={one.start} /> for {lengthText(one.end - one.start)}: {one.text}
                </li>
              ))}
            </ol>
            {fired.length > SHOWN && <p class="card-note">and {count(fired.length - SHOWN)} more</p>}
            {fired.length > 0 && <Labels of={result.changes[0]?.labels ?? {}} />}
          </div>
        )}
      </div>
    </Card>
  );
}
