import { call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { Card } from '../../parts/card.js';
import { Moment } from '../../parts/moment.js';
import { useMore } from '../../parts/more.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Tag } from '../../parts/tag.js';
import type { Tone } from '../../parts/tone.js';

const EVERY_MS = 10_000;
const LIMIT = 50;
const SAID = {
  delivered: 'notified',
  failed: 'failed, tried again',
  given_up: 'given up',
  suppressed: 'not sent',
};
const TONES: Readonly<Record<string, Tone>> = { delivered: 'ok', failed: 'warn', given_up: 'bad' };

/** Who was notified of an alert, when, and with what outcome. */
export function Notified({ fingerprint }: { readonly fingerprint: string }) {
  const question = [tenant.value, fingerprint];
  const asked = { path: { fingerprint }, query: { limit: LIMIT } };
  const sent = useResource(
    (signal) => call('GET /alerts/{fingerprint}/notifications', { ...asked, signal }),
    question,
    { everyMs: EVERY_MS },
  );
  const more = useMore(
    sent.data,
    (cursor) =>
      call('GET /alerts/{fingerprint}/notifications', { ...asked, query: { limit: LIMIT, cursor } }),
    [...question, sent.loadedAt],
  );
  return (
    <Card title="Who was notified">
      <Loaded
        of={sent}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="Nobody yet">
            <p>Channels and routes are in the notifications file of the alerting worker.</p>
          </Empty>
        }
      >
        {() => (
          <>
            <ol class="timeline">
              {more.items.map(
                ({ id, at, channel, kind, outcome, status, attempts, error, reason, escalation }) => (
                  <li key={id}>
                    <strong>{channel}</strong> <span class="card-note">{kind}</span>{' '}
                    <Tag tone={TONES[outcome] ?? 'plain'}>{SAID[outcome]}</Tag>
                    {escalation > 0 && <Tag>escalation, step {escalation}</Tag>}
                    <p class="card-note">
                      {status === 'resolved' ? 'of its end' : 'of the alert'}, <Moment at={at} />
                      {attempts > 1 && `, ${attempts} attempts`}
                      {reason !== null && `: ${reason}`}
                      {error !== null && `: ${error}`}
                    </p>
                  </li>
                ),
              )}
            </ol>
            {more.button}
          </>
        )}
      </Loaded>
    </Card>
  );
}
