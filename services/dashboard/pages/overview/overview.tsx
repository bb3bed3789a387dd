import { useEffect } from 'preact/hooks';
import { link } from '../../address/address.js';
import { call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { Icon } from '../../parts/icon.js';
import { isMoving, isPaused, rangeText, span } from '../../time/range.js';
import { AlertsCard } from './alerts-card.js';
import { AnomaliesCard } from './anomalies-card.js';
import { concernsOf, type Known } from './concerns.js';
import { bySeverity } from './firing.js';
import { PipelineCard } from './pipeline-card.js';
import { proofOf } from './proof.js';
import { ProofCard } from './proof-card.js';
import { remember } from './samples.js';
import { Tiles } from './tiles.js';

const PIPELINE_MS = 2_000;
const ALERTS_MS = 5_000;
const QUALITY_MS = 15_000;
/** Of alerts that are counted. */
const MOST_ALERTS = 200;

export function Overview() {
  const every = (ms: number) => (isPaused.value ? null : ms);
  const pipeline = useResource((signal) => call('GET /pipeline', { query: {}, signal }), [tenant.value], {
    everyMs: every(PIPELINE_MS),
    keeps: true,
  });
  const { from, to } = rangeText.value;
  const quality = useResource(
    (signal) =>
      call('GET /quality', { query: { from: `${span.peek().start}`, to: `${span.peek().end}` }, signal }),
    [tenant.value, from, to],
    { everyMs: isMoving.value ? QUALITY_MS : null },
  );
  const alerts = useResource(
    (signal) => call('GET /alerts', { query: { state: 'firing', limit: MOST_ALERTS }, signal }),
    [tenant.value],
    { everyMs: every(ALERTS_MS) },
  );
  useEffect(() => {
    if (pipeline.data !== null) remember(pipeline.data);
  }, [pipeline.data]);
  const proof = quality.data === null ? null : proofOf(quality.data);
  return (
    <div class="stack overview">
      <Status
        pipeline={pipeline.data}
        proof={proof}
        alerts={alerts.data === null ? null : bySeverity(alerts.data.items)}
        stale={Object.entries({ pipeline, proof: quality, alerts }).flatMap(([name, { error }]) =>
          error === null ? [] : [name],
        )}
      />
      <Tiles pipeline={pipeline.data} />
      <PipelineCard of={pipeline} />
      <div class="overview-cards">
        <ProofCard of={quality} />
        <AlertsCard of={alerts} />
        <AnomaliesCard />
      </div>
    </div>
  );
}

/** Whether all is well, in a line. */
function Status(known: Known) {
  const concerns = concernsOf(known);
  const isKnown = known.pipeline !== null && known.proof !== null && known.alerts !== null;
  const tone = concerns[0]?.tone ?? (isKnown ? 'ok' : 'plain');
  return (
    <section class="overview-status" data-tone={tone} aria-label="Is all well?" aria-live="polite">
      <span class="overview-status-mark">
        <Icon name={tone === 'ok' ? 'check' : tone === 'plain' ? 'more' : 'warning'} />
      </span>
      <div>
        <strong>{titleOf(concerns.length, isKnown)}</strong>
        {concerns.length > 0 && (
          <ul>
            {concerns.map(({ text, path, tone: own }) => (
              <li key={text} data-tone={own}>
                {path === null ? text : <a href={linkTo(path)}>{text}</a>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function titleOf(concerns: number, isKnown: boolean): string {
  if (concerns > 0) return concerns === 1 ? 'One thing needs a look' : `${concerns} things need a look`;
  return isKnown ? 'All is well' : 'Looking …';
}

/** With tenant and range, whatever the path has itself. */
function linkTo(path: string): string {
  const url = new URL(path, window.location.origin);
  return link(url.pathname, Object.fromEntries(url.searchParams));
}
