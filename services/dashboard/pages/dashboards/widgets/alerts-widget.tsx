import { link } from '../../../address/address.js';
import { call } from '../../../api/call.js';
import { useResource } from '../../../api/resource.js';
import { tenant, user } from '../../../api/session.js';
import { ownLabels, tagTexts } from '../../../api/tags.js';
import { Ago } from '../../../parts/moment.js';
import { Empty, Loaded, Partial } from '../../../parts/states.js';
import { Labels, Severity, Tag } from '../../../parts/tag.js';
import { isPaused } from '../../../time/range.js';
import { occurrenceOf } from '../../alerts/inbox.js';
import type { WidgetProps } from './widget-props.js';

const MOST = 50;
const EVERY_MS = 15_000;

/** Alerts of this moment, whatever the range. */
export function AlertsWidget({ component }: WidgetProps) {
  const { state, severity, rule, labels } = component;
  const query = {
    ...{ limit: MOST, label: tagTexts(labels) },
    ...(state !== undefined && { state }),
    ...(severity !== undefined && { severity }),
    ...(rule !== undefined && { rule }),
  };
  const alerts = useResource(
    (signal) => call('GET /alerts', { query, signal }),
    [JSON.stringify(query), tenant.value],
    { everyMs: isPaused.value ? null : EVERY_MS },
  );
  return (
    <Loaded of={alerts} isEmpty={({ items }) => items.length === 0} empty={<Empty title="No such alerts" />}>
      {({ items, nextCursor }) => (
        <>
          <ul class="alert-list">
            {items.map(({ fingerprint, rule: name, severity: of, state: is, labels: tags, startsAt }) => (
              <li key={occurrenceOf({ fingerprint, startsAt })}>
                <span class="bar">
                  <Severity of={of} />
                  {user.value === null ? (
                    <strong>{name}</strong>
                  ) : (
                    <a href={link(`/alerts/${encodeURIComponent(fingerprint)}`)}>{name}</a>
                  )}
                  {state === undefined && <Tag>{is}</Tag>}
                  <span class="grow" />
                  <span class="card-note">
                    <Ago at={startsAt} />
                  </span>
                </span>
                <Labels of={ownLabels(tags)} />
              </li>
            ))}
          </ul>
          {nextCursor !== null && <Partial>The first {MOST} are listed: filter them.</Partial>}
        </>
      )}
    </Loaded>
  );
}
