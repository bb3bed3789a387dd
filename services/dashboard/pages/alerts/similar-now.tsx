import { link } from '../../address/address.js';
import { call } from '../../api/call.js';
import type { Alert } from '../../api/operations.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { Card } from '../../parts/card.js';
import { Ago } from '../../parts/moment.js';
import { Loaded } from '../../parts/states.js';
import { Severity } from '../../parts/tag.js';
import { similarTo } from './inbox.js';
import { MOST } from './use-alerts.js';

const EVERY_MS = 30_000;
const SHOWN = 8;

/** Alerts that fire now and have the rule or labels in common with one: whether it is alone. */
export function SimilarNow({ alert }: { readonly alert: Alert }) {
  const firing = useResource(
    async (signal) => (await call('GET /alerts', { query: { state: 'firing', limit: MOST }, signal })).items,
    [tenant.value],
    { everyMs: EVERY_MS },
  );
  return (
    <Card title="Similar now">
      <Loaded
        of={firing}
        isEmpty={(items) => similarTo(alert, items, 1).length === 0}
        empty={<p class="card-note">Nothing else that fires has its rule or labels.</p>}
      >
        {(items) => (
          <ul class="timeline">
            {similarTo(alert, items, SHOWN).map((other) => (
              <li key={other.fingerprint}>
                <Severity of={other.severity} />{' '}
                <a href={link(`/alerts/${other.fingerprint}`)}>{other.annotations.summary ?? other.rule}</a>{' '}
                <span class="card-note">
                  <Ago at={other.startsAt} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
