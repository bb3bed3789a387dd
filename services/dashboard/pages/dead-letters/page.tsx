import { useState } from 'preact/hooks';
import { go, link, query, rest } from '../../address/address.js';
import { call } from '../../api/call.js';
import type { DeadLetter } from '../../api/operations.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { ChoiceFilter, Filters, TextFilter } from '../../parts/filters.js';
import { useMore } from '../../parts/more.js';
import { Empty, Loaded, Partial } from '../../parts/states.js';
import { wallTime } from '../../time/clock.js';
import { count } from '../../time/format.js';
import { endsNow, isMoving, rangeText, resolved } from '../../time/range.js';
import './dead-letters.css';
import { Addressed } from './addressed.js';
import { Replay, type Selection } from './replay.js';
import { Row } from './row.js';

const EVERY_MS = 10_000;
const LIMIT = 50;
const STATES = { '': 'All', waiting: 'Not replayed', replayed: 'Replayed' };

/** What could not be processed, with why; it can be sent again once the cause is gone. */
export default function DeadLetters() {
  const [replaying, setReplaying] = useState<Selection | null>(null);
  const [replays, setReplays] = useState(0);
  const topic = query.value.get('topic') ?? '';
  const error = query.value.get('error') ?? '';
  const state = query.value.get('state') ?? '';
  const filter = {
    ...(topic !== '' && { topic }),
    ...(error !== '' && { error }),
  };
  const range = rangeText.value;
  // This route takes moments alone, and a range that ends now has none.
  const inRange = () => ({
    ...filter,
    since: new Date(resolved(range, wallTime()).start).toISOString(),
    ...(!endsNow.value && { until: new Date(resolved(range, wallTime()).end).toISOString() }),
  });
  const question = [tenant.value, range.from, range.to, topic, error];
  const letters = useResource(
    (signal) => call('GET /dead-letters', { query: { ...inRange(), limit: LIMIT }, signal }),
    question,
    {
      everyMs: isMoving.value ? EVERY_MS : null,
    },
  );
  const more = useMore(
    letters.data,
    (cursor) => call('GET /dead-letters', { query: { ...inRange(), limit: LIMIT, cursor } }),
    [...question, letters.loadedAt],
  );
  const shown = more.items.filter(
    ({ replayedAt }) => state === '' || (replayedAt === null) === (state === 'waiting'),
  );
  const replayed = () => {
    letters.reload();
    setReplays(replays + 1);
  };
  const [addressed] = rest.value;
  const actionsOf = (letter: DeadLetter) => ({
    onReplay: may('operate') ? () => setReplaying({ id: letter.id }) : null,
    onSame: () => go(link('/dead-letters', { error: letter.error, topic: letter.topic })),
  });
  // It may be of another time, or farther down than what was asked for.
  const isElsewhere =
    addressed !== undefined &&
    (letters.data !== null || letters.error !== null) &&
    !shown.some(({ id }) => id === addressed);
  return (
    <div class="stack">
      {isElsewhere && <Addressed key={`${addressed} ${replays}`} id={addressed} actionsOf={actionsOf} />}
      <Filters>
        <TextFilter name="topic" label="Topic" placeholder="ingest.*" />
        <TextFilter name="error" label="Error" placeholder="TACTUS_FIELD_INVALID" />
        <ChoiceFilter name="state" label="State" options={STATES} />
        {may('operate') && (
          <Button icon="reload" onClick={() => setReplaying(inRange())}>
            Replay these
          </Button>
        )}
      </Filters>
      <Card
        title="Dead letters"
        note={letters.data !== null && `${count(letters.data.total)} in this range, newest first`}
      >
        <Loaded
          of={letters}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title="No dead letters in this range">
              <p>Everything that came could be processed. What cannot is kept here, with the reason.</p>
            </Empty>
          }
        >
          {({ complete }) => (
            <>
              {!complete && <Partial>Reading the topic took too long: older ones are missing.</Partial>}
              <div class="rows">
                {shown.map((letter) => (
                  <Row
                    key={letter.id}
                    {...{ letter, ...actionsOf(letter) }}
                    isOpenAtFirst={letter.id === addressed}
                    onToggle={(isOpen) =>
                      // Several may be open: the address has the last, and no other is closed for it.
                      window.history.replaceState(
                        window.history.state,
                        '',
                        link(`/dead-letters${isOpen ? `/${letter.id}` : ''}`, { topic, error, state }),
                      )
                    }
                  />
                ))}
              </div>
              {more.button}
            </>
          )}
        </Loaded>
      </Card>
      {replaying !== null && (
        <Replay selection={replaying} onClose={() => setReplaying(null)} onDone={replayed} />
      )}
    </div>
  );
}
