import { setQuery } from '../../address/address.js';
import { call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { sortedTagTexts } from '../../api/tags.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { ChoiceFilter, Filters, TextFilter } from '../../parts/filters.js';
import { useMore } from '../../parts/more.js';
import { saveFile } from '../../parts/save-file.js';
import { Empty, Loaded, Partial } from '../../parts/states.js';
import { count, minuteText } from '../../time/format.js';
import type { Span } from '../../time/moment.js';
import { zone } from '../../time/zone.js';
import { CAUSE_TEXTS, CAUSES, type Differing } from './causes.js';
import { DifferingRow } from './differing-row.js';
import { differencesCsv } from './figures.js';
import type { QualityState } from './state.js';
import { WindowRecords } from './window-records.js';

interface DifferingCardProps {
  readonly window: string;
  readonly range: Span;
  readonly state: QualityState;
  readonly isLive: boolean;
}

const LIMIT = 50;
const EVERY_MS = 15_000;
const CAUSE_OPTIONS = { '': 'Any', ...Object.fromEntries(CAUSES.map((one) => [one, CAUSE_TEXTS[one].name])) };

/** The windows of a definition that differ, in a step or in the whole range. */
export function DifferingCard({ window, range, state, isLive }: DifferingCardProps) {
  const { slot, cause, metric, chosen } = state;
  const asked = {
    ...{ window, from: `${range.start}`, to: `${range.end}`, limit: LIMIT },
    ...(cause !== null && { cause }),
    ...(metric !== '' && { metric }),
  };
  // A range that ends now is another one each time.
  const question = [tenant.value, window, slot ?? 'range', cause, metric];
  const found = useResource((signal) => call('GET /quality/windows', { query: asked, signal }), question, {
    everyMs: isLive && slot === null ? EVERY_MS : null,
  });
  const more = useMore(
    found.data,
    (cursor) => call('GET /quality/windows', { query: { ...asked, cursor } }),
    [...question, found.loadedAt],
  );
  const when =
    slot === null
      ? 'in the range'
      : `from ${minuteText(range.start, zone.value)} to ${minuteText(range.end, zone.value)}`;
  return (
    <Card
      title={`Windows of ${window} that differ`}
      note={when}
      actions={<Download {...{ window }} items={more.items} isAll={more.button === null} />}
    >
      <div class="stack">
        <Filters>
          <ChoiceFilter name="cause" label="Cause" options={CAUSE_OPTIONS} />
          <TextFilter name="metric" label="Metric" placeholder="its whole name" />
          {slot !== null && <Button onClick={() => setQuery({ slot: null })}>All of the range</Button>}
        </Filters>
        {chosen !== null && (
          <WindowRecords
            key={`${chosen.start} ${chosen.metric} ${sortedTagTexts(chosen.tags).join()}`}
            {...{ window, chosen }}
          />
        )}
        <Loaded
          of={found}
          isEmpty={({ items }) => items.length === 0}
          empty={<None {...{ found: found.data, isFiltered: cause !== null || metric !== '' }} />}
        >
          {(data) => (
            <>
              <Kept listed={more.items.length} isAll={more.button === null} differing={data.differing} />
              <ul class="rows" aria-label="Windows that differ">
                {more.items.map((one) => (
                  <DifferingRow key={keyOf(one)} of={one} isChosen={isSame(one, chosen)} />
                ))}
              </ul>
              {more.button}
            </>
          )}
        </Loaded>
      </div>
    </Card>
  );
}

const keyOf = ({ start, metric, tags }: Differing) => `${start} ${metric} ${sortedTagTexts(tags).join()}`;

const isSame = (one: Differing, chosen: QualityState['chosen']): boolean =>
  chosen !== null && keyOf(one) === `${chosen.start} ${chosen.metric} ${sortedTagTexts(chosen.tags).join()}`;

/** Of a slot some are kept only. */
function Kept({
  listed,
  isAll,
  differing,
}: {
  readonly listed: number;
  readonly isAll: boolean;
  readonly differing: Readonly<Record<string, number>>;
}) {
  const all = Object.values(differing).reduce((a, b) => a + b, 0);
  if (!isAll || listed >= all) return null;
  return (
    <Partial>
      {count(listed)} of {count(all)} windows that differ: of a slot 50 are kept, for a week, those first that
      late points do not explain. A filter leaves out others.
    </Partial>
  );
}

function None({
  found,
  isFiltered,
}: {
  readonly found: { readonly slots: number; readonly windows: number } | null;
  readonly isFiltered: boolean;
}) {
  if (found?.slots === 0)
    return (
      <Empty title="Not compared yet">
        <p>
          Nothing is known of these windows: they are compared some minutes after they end, and results are
          kept for some days.
        </p>
      </Empty>
    );
  return (
    <Empty title={isFiltered ? 'No window matches' : 'No window differs'}>
      <p>
        {isFiltered
          ? 'Choose another cause, or write the whole name of a metric.'
          : `All ${count(found?.windows)} that were compared have the figures of their points.`}
      </p>
    </Empty>
  );
}

function Download({
  window,
  items,
  isAll,
}: {
  readonly window: string;
  readonly items: readonly Differing[];
  readonly isAll: boolean;
}) {
  const save = () => {
    const name = `differences-${window.replaceAll(/[^\w.-]+/g, '_')}.csv`;
    saveFile(name, 'text/csv', differencesCsv(window, items));
  };
  return (
    <Button
      isSmall
      icon="download"
      disabled={items.length === 0}
      title={isAll ? 'All that are listed' : 'Those that are shown: show more for more'}
      onClick={save}
    >
      CSV
    </Button>
  );
}
