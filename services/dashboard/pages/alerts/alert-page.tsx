import { useEffect, useState } from 'preact/hooks';
import { link } from '../../address/address.js';
import { call } from '../../api/call.js';
import type { Alert, AlertWithTimes } from '../../api/operations.js';
import { ApiProblem } from '../../api/problem.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Moment } from '../../parts/moment.js';
import { Loaded } from '../../parts/states.js';
import { Labels, Severity, Tag } from '../../parts/tag.js';
import { who } from '../../parts/who.js';
import { figure } from '../../time/format.js';
import { AckDialog } from './ack-dialog.js';
import { AlertChart } from './alert-chart.js';
import { boxOf, matchersOf, occurrenceOf, ruleAbout, webAddress } from './inbox.js';
import { Notified } from './notified.js';
import { SilenceDialog } from './silence-dialog.js';
import { SimilarNow } from './similar-now.js';
import { useAcknowledging } from './use-acknowledging.js';
import { onAlertChange } from './use-alerts.js';

const EVERY_MS = 10_000;

/** One alert: what, since when, its metric, what happened to it and who was notified. */
export function AlertPage({ fingerprint }: { readonly fingerprint: string }) {
  const alert = useResource(
    async (signal) => {
      const found = await call('GET /alerts/{id}', { path: { id: fingerprint }, query: {}, signal });
      // The route has rules as well, by their names.
      if ('fingerprint' in found) return found;
      throw new ApiProblem(404, '', 'There is no such alert.');
    },
    [tenant.value, fingerprint],
    { everyMs: EVERY_MS },
  );
  useEffect(() => onAlertChange(alert.reload), [tenant.value, alert.reload]);
  return (
    <div class="stack">
      <a href={link('/alerts')}>All alerts</a>
      <Loaded of={alert}>{(found) => <Shown alert={found} onChanged={alert.reload} />}</Loaded>
    </div>
  );
}

function Shown({ alert, onChanged }: { readonly alert: AlertWithTimes; readonly onChanged: () => void }) {
  /** What is to be done, and the alert as it was when somebody began to. */
  const [asked, setAsked] = useState<{ readonly what: 'ack' | 'silence'; readonly was: Alert } | null>(null);
  const { ours, acknowledge } = useAcknowledging(onChanged);
  const { fingerprint, rule, severity, labels, annotations, value, startsAt, endsAt, history } = alert;
  const isAcknowledged = alert.acknowledged || ours.has(occurrenceOf(alert));
  const box = boxOf({ ...alert, acknowledged: isAcknowledged });
  const runbook = webAddress(annotations.runbook_url);
  const others = Object.entries(annotations).filter(([name]) => !['summary', 'runbook_url'].includes(name));
  return (
    <div class="alert-columns">
      <div class="stack">
        <Card
          title={rule}
          note={<Severity of={severity} />}
          actions={
            may('operate') &&
            endsAt === null && (
              <>
                {!isAcknowledged && (
                  <Button icon="check" onClick={() => setAsked({ what: 'ack', was: alert })}>
                    Acknowledge
                  </Button>
                )}
                <Button icon="mute" onClick={() => setAsked({ what: 'silence', was: alert })}>
                  Silence
                </Button>
              </>
            )
          }
        >
          <div class="stack">
            {annotations.summary !== undefined && <p class="alert-summary">{annotations.summary}</p>}
            <dl class="facts">
              <dt>State</dt>
              <dd>
                <Tag tone={box === 'firing' ? 'bad' : box === 'resolved' ? 'ok' : 'accent'}>{box}</Tag>{' '}
                {annotations.flapping !== undefined && <Tag tone="warn">flapping</Tag>}
              </dd>
              <dt>Value</dt>
              <dd>{figure(value)}</dd>
              <dt>Since</dt>
              <dd>
                <Moment at={startsAt} />
              </dd>
              {endsAt !== null && (
                <>
                  <dt>Ended</dt>
                  <dd>
                    <Moment at={endsAt} />
                  </dd>
                </>
              )}
              {others.map(([name, text]) => (
                <>
                  <dt>{name}</dt>
                  <dd>{text}</dd>
                </>
              ))}
            </dl>
            <Labels of={labels} />
            <div class="bar">
              <a class="button" href={link(`/rules/${encodeURIComponent(ruleAbout(alert))}`)}>
                The rule
              </a>
              {labels.metric !== undefined && (
                <a class="button" href={link('/explore', { metric: labels.metric })}>
                  Explore {labels.metric}
                </a>
              )}
              {runbook !== null && (
                <a class="button" href={runbook} target="_blank" rel="noopener noreferrer">
                  Runbook
                </a>
              )}
            </div>
          </div>
        </Card>
        {labels.metric !== undefined && <AlertChart alert={alert} metric={labels.metric} />}
      </div>
      <div class="stack">
        <Card title="What happened">
          {history.length === 0 ? (
            <p class="card-note">Nothing is kept of what it was before.</p>
          ) : (
            <ol class="timeline">
              {history.map(({ state, at, by, comment }) => (
                <li key={`${state} ${at}`}>
                  <strong>{state}</strong>
                  {by !== undefined && ` by ${who(by)}`}{' '}
                  <span class="card-note">
                    <Moment at={at} />
                  </span>
                  {comment !== undefined && comment !== '' && <p>{comment}</p>}
                </li>
              ))}
            </ol>
          )}
        </Card>
        <Notified fingerprint={fingerprint} />
        <SimilarNow alert={alert} />
      </div>
      {asked?.what === 'ack' && (
        <AckDialog
          alerts={[asked.was]}
          now={[alert]}
          onClose={() => setAsked(null)}
          onAck={(open, comment) => {
            setAsked(null);
            void acknowledge(open, comment);
          }}
        />
      )}
      {asked?.what === 'silence' && (
        <SilenceDialog
          matchers={matchersOf([alert])}
          labels={labels}
          onClose={() => setAsked(null)}
          onDone={onChanged}
        />
      )}
    </div>
  );
}
