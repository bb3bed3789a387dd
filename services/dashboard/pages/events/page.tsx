import { query, setQuery } from '../../address/address.js';
import { call } from '../../api/call.js';
import type { Event } from '../../api/operations.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { pairTexts } from '../../api/tags.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Copy } from '../../parts/copy.js';
import { Filters, TextFilter } from '../../parts/filters.js';
import { Moment } from '../../parts/moment.js';
import { useMore } from '../../parts/more.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Tag } from '../../parts/tag.js';
import { isMoving, rangeText, span } from '../../time/range.js';
import { attributesOf } from './attributes.js';

const EVERY_MS = 5_000;
const LIMIT = 50;
/** Of an event, in its line. */
const SHOWN = 4;

/** Business events, newest first; new ones appear on top. */
export default function Events() {
  const filter = {
    type: query.value.get('type') ?? '',
    subject: query.value.get('subject') ?? '',
    text: query.value.get('text') ?? '',
    attributes: query.value.get('attributes') ?? '',
  };
  const attributes = attributesOf(filter.attributes);
  const asked = {
    ...{ from: String(span.peek().start), to: rangeText.value.to, limit: LIMIT },
    ...(filter.type !== '' && { type: filter.type }),
    ...(filter.subject !== '' && { subject: filter.subject }),
    ...(filter.text !== '' && { text: filter.text }),
    ...(filter.attributes !== '' && { attributes: JSON.stringify(attributes) }),
  };
  const question = [tenant.value, rangeText.value.from, rangeText.value.to, ...Object.values(filter)];
  const events = useResource((signal) => call('GET /events', { query: asked, signal }), question, {
    everyMs: isMoving.value ? EVERY_MS : null,
  });
  const more = useMore(events.data, (cursor) => call('GET /events', { query: { ...asked, cursor } }), [
    ...question,
    events.loadedAt,
  ]);
  const isFiltered = Object.values(filter).some((text) => text !== '');
  return (
    <div class="stack">
      <Filters>
        <TextFilter name="text" label="Text" placeholder="in type, subject or attributes" />
        <TextFilter name="type" label="Type" placeholder="song_play" />
        <TextFilter name="subject" label="Subject" placeholder="the user it is about" />
        <TextFilter name="attributes" label="Attributes" placeholder="plan=family device=ios" />
        {isFiltered && (
          <Button onClick={() => setQuery({ text: null, type: null, subject: null, attributes: null })}>
            Clear
          </Button>
        )}
      </Filters>
      {attributes === null && (
        <p class="note is-warn" role="alert">
          Attributes are pairs such as plan=family, apart by a space.
        </p>
      )}
      <Card title="Events" note={events.data !== null && `${more.items.length} shown, newest first`}>
        <Loaded
          of={events}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title={isFiltered ? 'No event matches' : 'No events in this range'}>
              {isFiltered ? (
                <p>Clear a filter, or choose a longer range.</p>
              ) : (
                <>
                  <p>Send one:</p>
                  <Copy label="Send an event" text={EXAMPLE} />
                </>
              )}
            </Empty>
          }
        >
          {() => (
            <>
              <div class="rows">
                {more.items.map((event) => (
                  <Row key={event.id} event={event} />
                ))}
              </div>
              {more.button}
            </>
          )}
        </Loaded>
      </Card>
    </div>
  );
}

const EXAMPLE = `curl -H "Authorization: Bearer $TACTUS_API_KEY" -H 'Content-Type: application/json' \\
  -d '[{"type": "song_play", "subjectId": "user-1", "attributes": {"plan": "family"}}]' "$TACTUS_GATEWAY_URL/api/v1/events"`;

function Row({ event }: { readonly event: Event }) {
  const { id, type, time, subjectId, attributes } = event;
  const pairs = Object.entries(attributes);
  return (
    <details class="row-item">
      <summary>
        <span class="row-when">
          <Moment at={time} />
        </span>
        <Tag tone="accent" isLevel>
          {type}
        </Tag>
        {subjectId !== null && <span>{subjectId}</span>}
        <span class="row-text">
          {pairTexts(pairs.slice(0, SHOWN)).join('  ')}
          {pairs.length > SHOWN && ` and ${pairs.length - SHOWN} more`}
        </span>
      </summary>
      <div class="row-more">
        <dl class="facts">
          <dt>Id</dt>
          <dd>{id}</dd>
          {pairs.map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>{String(value)}</dd>
            </>
          ))}
        </dl>
        <div class="bar">
          <Button isSmall onClick={() => setQuery({ type })}>
            Only {type}
          </Button>
          {subjectId !== null && (
            <Button isSmall onClick={() => setQuery({ subject: subjectId })}>
              Only {subjectId}
            </Button>
          )}
        </div>
      </div>
    </details>
  );
}
