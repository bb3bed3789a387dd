import { useEffect, useRef, useState } from 'preact/hooks';
import { link, query, setQuery } from '../../address/address.js';
import type { Alert } from '../../api/operations.js';
import { may } from '../../api/session.js';
import { ownLabels } from '../../api/tags.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { ChoiceFilter, Filters, TextFilter } from '../../parts/filters.js';
import { Empty, Loaded, Partial } from '../../parts/states.js';
import { isWriting } from '../../parts/writing.js';
import { count } from '../../time/format.js';
import { AckDialog } from './ack-dialog.js';
import { AlertRow } from './alert-row.js';
import {
  BOXES,
  type Box,
  boxOf,
  fits,
  groupedBy,
  matchersOf,
  occurrenceOf,
  orderOf,
  writtenLabels,
} from './inbox.js';
import { SilenceDialog } from './silence-dialog.js';
import { useAcknowledging } from './use-acknowledging.js';
import { MOST, useAlerts } from './use-alerts.js';

const SHOWN = 200;
const SAID: Readonly<Record<Box, string>> = {
  firing: 'Nothing fires',
  acknowledged: 'Nothing is acknowledged',
  silenced: 'Nothing is silenced',
  pending: 'Nothing is pending',
  resolved: 'Nothing was resolved lately',
};

/** Alerts by what they need: those that nobody looks at yet first. */
export function Inbox() {
  const severity = query.value.get('severity') ?? '';
  const text = query.value.get('text') ?? '';
  const rule = query.value.get('rule') ?? '';
  const written = writtenLabels(query.value.get('label') ?? '');
  const filter = { text, severity, rule, labels: written ?? [] };
  const isFiltered = text !== '' || severity !== '' || rule !== '' || filter.labels.length > 0;
  const alerts = useAlerts(filter);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  /** What is to be done with which alerts, as they were when somebody began to: the list goes on meanwhile. */
  const [asked, setAsked] = useState<Asked | null>(null);
  const { ours, acknowledge } = useAcknowledging(alerts.reload);
  const box = BOXES.find((one) => one === query.value.get('state')) ?? 'firing';
  const order = orderOf(query.value.get('order'));
  const by = query.value.get('by') ?? '';

  const all = (alerts.data?.items ?? []).map((one) =>
    ours.has(occurrenceOf(one)) ? { ...one, acknowledged: true } : one,
  );
  const fitting = all.filter((one) => fits(one, filter));
  const shown = fitting.filter((one) => boxOf(one) === box).sort(order);
  const picked = shown.filter(({ fingerprint }) => chosen.has(fingerprint));
  const counts = Map.groupBy(fitting, boxOf);

  const list = useRef<HTMLDivElement>(null);
  const operates = may('operate');
  const act = (what: Asked['what'], focused: string | null) => {
    const meant = picked.length > 0 ? picked : shown.filter(({ fingerprint }) => fingerprint === focused);
    const open = meant.filter(({ state }) => state !== 'resolved');
    if (!operates || open.length === 0) return;
    setAsked({ what, alerts: open });
    // What somebody else has done since is said before it is done again.
    alerts.reload();
  };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isWriting(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-alert]') ?? [])];
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      const focused = rows[at]?.dataset.alert ?? null;
      if (event.key === 'j') rows[Math.min(at + 1, rows.length - 1)]?.querySelector('a')?.focus();
      else if (event.key === 'k') rows[Math.max(at - 1, 0)]?.querySelector('a')?.focus();
      else if (event.key === 'a') act('ack', focused);
      else if (event.key === 's') act('silence', focused);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });

  const isNew = query.value.get('silence') === 'new' && operates;
  const closeSilence = () => {
    setAsked(null);
    if (isNew) setQuery({ silence: null, matcher: null }, { replace: true });
  };

  return (
    <>
      <Filters>
        <TextFilter name="text" label="Text" placeholder="rule, label=value, summary" />
        <ChoiceFilter
          name="severity"
          label="Severity"
          options={{ '': 'All', critical: 'critical', warning: 'warning', info: 'info' }}
        />
        <TextFilter name="rule" label="Rule" placeholder="its whole name" />
        <TextFilter name="label" label="Labels" placeholder="host=web-1 region=eu" />
        <ChoiceFilter
          name="order"
          label="Order"
          options={{
            '': 'Worst first',
            newest: 'Newest first',
            oldest: 'Oldest first',
            value: 'Highest value first',
            rule: 'By rule',
          }}
        />
        <ChoiceFilter
          name="by"
          label="Group by"
          options={{
            '': 'Nothing',
            rule: 'rule',
            ...Object.fromEntries(labelsOf(all).map((one) => [one, one])),
          }}
        />
      </Filters>
      {written === null && <Partial>Labels are written as name=value, with spaces between them.</Partial>}
      <fieldset class="boxes">
        <legend class="visually-hidden">State</legend>
        {BOXES.map((one) => (
          <Button
            key={one}
            aria-pressed={one === box}
            onClick={() => {
              setChosen(new Set());
              setQuery({ state: one === 'firing' ? null : one });
            }}
          >
            {one} <strong>{count(counts.get(one)?.length ?? 0)}</strong>
          </Button>
        ))}
      </fieldset>
      <Card
        title={box.charAt(0).toUpperCase() + box.slice(1)}
        note={`${count(shown.length)} ${shown.length === 1 ? 'alert' : 'alerts'}`}
        actions={
          operates && (
            <>
              <Button icon="check" disabled={picked.length === 0} onClick={() => act('ack', null)}>
                Acknowledge
              </Button>
              <Button icon="mute" disabled={picked.length === 0} onClick={() => act('silence', null)}>
                Silence
              </Button>
            </>
          )
        }
      >
        <Loaded
          of={alerts}
          isEmpty={() => shown.length === 0}
          empty={
            <Empty title={isFiltered ? 'No alert matches' : SAID[box]}>
              {box === 'firing' && !isFiltered && (
                <p>
                  <a href={link('/rules')}>Rules</a> say what raises an alert.
                </p>
              )}
            </Empty>
          }
        >
          {({ isPartial }) => (
            <>
              {isPartial && <Partial>There are more than {count(MOST)}: filter them.</Partial>}
              {shown.length > SHOWN && <Partial>The first {SHOWN} are shown: filter them.</Partial>}
              <div ref={list}>
                {[...groupedBy(shown.slice(0, SHOWN), by)].map(([group, members]) => (
                  <section key={group} aria-label={group || 'Alerts'}>
                    {group !== '' && (
                      <h3 class="group">
                        {group} <span class="card-note">{count(members.length)}</span>
                      </h3>
                    )}
                    <ul class="rows">
                      {members.map((alert) => (
                        <AlertRow
                          key={`${alert.fingerprint} ${alert.startsAt}`}
                          alert={alert}
                          isChosen={chosen.has(alert.fingerprint)}
                          onChoice={
                            operates && alert.state !== 'resolved'
                              ? (isChosen) => setChosen(withOrWithout(chosen, alert.fingerprint, isChosen))
                              : null
                          }
                        />
                      ))}
                    </ul>
                  </section>
                ))}
              </div>
            </>
          )}
        </Loaded>
      </Card>
      {asked?.what === 'ack' && (
        <AckDialog
          alerts={asked.alerts}
          now={alerts.data?.items ?? []}
          onClose={() => setAsked(null)}
          onAck={(open, comment) => {
            setAsked(null);
            setChosen(new Set());
            void acknowledge(open, comment);
          }}
        />
      )}
      {(asked?.what === 'silence' || isNew) && (
        <SilenceDialog
          matchers={isNew ? query.peek().getAll('matcher') : matchersOf(asked?.alerts ?? [])}
          labels={asked?.alerts[0]?.labels ?? {}}
          onClose={closeSilence}
          onDone={() => {
            setChosen(new Set());
            alerts.reload();
          }}
        />
      )}
    </>
  );
}

interface Asked {
  readonly what: 'ack' | 'silence';
  readonly alerts: readonly Alert[];
}

const MAX_LABELS = 30;

/** Names of labels to group by. */
const labelsOf = (alerts: readonly Alert[]): string[] =>
  [...new Set(alerts.flatMap(({ labels }) => Object.keys(ownLabels(labels))))].sort().slice(0, MAX_LABELS);

function withOrWithout(set: ReadonlySet<string>, one: string, isThere: boolean): ReadonlySet<string> {
  const changed = new Set(set);
  if (isThere) changed.add(one);
  else changed.delete(one);
  return changed;
}
