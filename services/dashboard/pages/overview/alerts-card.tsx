import { link } from '../../address/address.js';
import type { Answer } from '../../api/call.js';
import type { Resource } from '../../api/resource.js';
import { SEVERITIES } from '../../api/vocabulary.js';
import { Card } from '../../parts/card.js';
import { Ago } from '../../parts/moment.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Severity, Tag } from '../../parts/tag.js';
import { count } from '../../time/format.js';

const SHOWN = 6;

/** What fires now. */
export function AlertsCard({ of }: { readonly of: Resource<Answer<'GET /alerts'>> }) {
  return (
    <Card title="Alerts now" actions={<a href={link('/alerts', { state: 'firing' })}>All</a>}>
      <Loaded of={of} isEmpty={({ items }) => items.length === 0} empty={<Empty title="No alert fires" />}>
        {({ items, nextCursor }) => (
          <div class="stack">
            <Counts {...{ items }} isAll={nextCursor === null} />
            <ul class="overview-list">
              {[...items]
                .sort((a, b) => b.startsAt.localeCompare(a.startsAt))
                .slice(0, SHOWN)
                .map(({ fingerprint, rule, severity, startsAt, acknowledged, silenced, annotations }) => (
                  <li key={fingerprint}>
                    <a class="overview-row" href={link(`/alerts/${encodeURIComponent(fingerprint)}`)}>
                      <span class="bar">
                        <Severity of={severity} />
                        <strong class="overview-name">{rule}</strong>
                        {acknowledged && <Tag>acknowledged</Tag>}
                        {silenced && <Tag>silenced</Tag>}
                      </span>
                      <span class="card-note overview-text">
                        <Ago at={startsAt} />
                        {annotations.summary !== undefined && ` · ${annotations.summary}`}
                      </span>
                    </a>
                  </li>
                ))}
            </ul>
          </div>
        )}
      </Loaded>
    </Card>
  );
}

function Counts({
  items,
  isAll,
}: {
  readonly items: Answer<'GET /alerts'>['items'];
  readonly isAll: boolean;
}) {
  return (
    <p class="bar">
      {SEVERITIES.map((severity) => {
        const many = items.filter((alert) => alert.severity === severity).length;
        return many === 0 ? null : (
          <span key={severity} class="bar">
            <strong class="overview-count">
              {count(many)}
              {!isAll && '+'}
            </strong>
            <Severity of={severity} />
          </span>
        );
      })}
    </p>
  );
}
