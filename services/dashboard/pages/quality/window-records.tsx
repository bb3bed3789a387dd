import { link, setQuery } from '../../address/address.js';
import { type Answer, call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { sortedTagTexts } from '../../api/tags.js';
import { IconButton } from '../../parts/button.js';
import { Ago, Moment } from '../../parts/moment.js';
import { useMore } from '../../parts/more.js';
import { Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { Labels, Tag } from '../../parts/tag.js';
import { count } from '../../time/format.js';
import { lengthText } from '../../time/moment.js';
import { CAUSE_TEXTS } from './causes.js';
import { type FigureRow, figureRows } from './figures.js';
import { type ChosenWindow, chosenQuery } from './state.js';

type Records = Answer<'GET /quality/records'>;
type StoredPoint = Records['items'][number];

const LIMIT = 100;

/** One window: its figures beside those of its points, and the points. */
export function WindowRecords({
  window,
  chosen,
}: {
  readonly window: string;
  readonly chosen: ChosenWindow;
}) {
  const { start, metric, tags } = chosen;
  const asked = { window, start, metric, tag: sortedTagTexts(tags), limit: LIMIT };
  const records = useResource(
    (signal) => call('GET /quality/records', { query: asked, signal }),
    [tenant.value],
  );
  const more = useMore(
    records.data,
    (cursor) => call('GET /quality/records', { query: { ...asked, cursor } }),
    [records.loadedAt],
  );
  return (
    <section class="quality-window" aria-label={`Window of ${metric}`}>
      <header class="bar">
        <h3 class="quality-metric">{metric}</h3>
        <Labels of={tags} />
        <span class="card-note">
          <Moment at={start} />
        </span>
        <span class="grow" />
        <a href={link('/explore', { metric, tag: sortedTagTexts(tags) })}>Explore</a>
        <IconButton
          isSmall
          icon="close"
          label="Close the window"
          onClick={() => setQuery(chosenQuery(null))}
        />
      </header>
      <Loaded of={records}>
        {(data) => (
          <>
            <Difference {...{ data }} />
            <Table
              name="Figures of the window"
              rows={figureRows({
                stream: data.stream,
                expected: data.difference?.expected ?? null,
                stored: data.difference?.stored ?? null,
              })}
              keyOf={({ name }) => name}
              columns={FIGURES}
            />
            <h4>
              {count(more.items.length)} stored {more.items.length === 1 ? 'point' : 'points'}
              {more.button !== null && ' or more'}
            </h4>
            <Table
              name="Stored points"
              rows={more.items}
              keyOf={({ time, id }) => `${time} ${id}`}
              columns={POINTS}
            />
            {more.button}
          </>
        )}
      </Loaded>
    </section>
  );
}

function Difference({ data }: { readonly data: Records }) {
  const { difference, comparedAt, stream } = data;
  if (difference === null)
    return (
      <p class="note">
        This window is right, or one of more that differ than are kept. Compared <Ago at={comparedAt} />.
      </p>
    );
  const { means, todo, name, tone } = CAUSE_TEXTS[difference.cause];
  return (
    <div class="quality-cause">
      <p>
        <Tag tone={tone}>{name}</Tag> {difference.detail}
      </p>
      <p>{means}</p>
      <p>
        <strong>What to do: </strong>
        {todo}
      </p>
      <p class="card-note">
        Compared <Ago at={comparedAt} />.
        {stream === null
          ? ' The stream has written no such window.'
          : ` The stream wrote it ${lengthText(Date.parse(stream.emittedAt) - Date.parse(stream.watermark))} after its watermark.`}
      </p>
    </div>
  );
}

const DIGITS = 10;
const exact = (value: number | null): string =>
  value === null ? '–' : String(Number(value.toPrecision(DIGITS)));

const FIGURES = [
  { name: 'Figure', cell: ({ name }: FigureRow) => name },
  {
    name: 'Window',
    cell: ({ stream, differs }: FigureRow) =>
      differs ? <strong class="quality-other">{exact(stream)} ≠</strong> : exact(stream),
    isNumber: true,
  },
  { name: 'Points in time', cell: ({ expected }: FigureRow) => exact(expected), isNumber: true },
  { name: 'All stored points', cell: ({ stored }: FigureRow) => exact(stored), isNumber: true },
] as const;

const POINTS = [
  {
    name: 'Time',
    cell: ({ time }: StoredPoint) => <Moment at={time} />,
    by: ({ time }: StoredPoint) => time,
  },
  {
    name: 'Value',
    cell: ({ value }: StoredPoint) => exact(value),
    by: ({ value }: StoredPoint) => value,
    isNumber: true,
  },
  { name: 'Tags', cell: ({ tags }: StoredPoint) => <Labels of={tags} /> },
  {
    name: 'Late',
    cell: ({ late }: StoredPoint) =>
      late === null ? (
        'in time'
      ) : (
        <Tag tone="warn">
          {lengthText(late.latenessMs)} {LATE[late.cause] ?? late.cause}
        </Tag>
      ),
    by: ({ late }: StoredPoint) => late?.latenessMs ?? 0,
  },
  { name: 'Id', cell: ({ id }: StoredPoint) => <code class="quality-id">{id}</code> },
] as const;

const LATE: Readonly<Record<string, string>> = {
  arrival: 'too late itself',
  hold: 'late, as the watermark was held no longer',
};
