import type { SeriesOverTime } from '../../../api/operations.js';
import { Loaded, Partial } from '../../../parts/states.js';
import { type Column, Table } from '../../../parts/table.js';
import { figure } from '../../../time/format.js';
import { changeOf, changeText, type Figure, figureOf } from '../model/figures.js';
import { seriesName } from '../model/questions.js';
import { useSeries } from './ask.js';
import { NoPoints } from './no-points.js';
import type { WidgetProps } from './widget-props.js';

interface Row extends Figure {
  readonly tags: SeriesOverTime['tags'];
}

const MOST_ROWS = 100;
const MOST_TAGS = 6;

/** Series by what they come to, the highest first. */
export function TableWidget({ component }: WidgetProps) {
  const { metric = '', title, aggregation = 'avg', unit, compare } = component;
  return (
    <Loaded
      of={useSeries(component)}
      isEmpty={({ answer }) => answer.series.length === 0}
      empty={<NoPoints metric={metric} />}
    >
      {({ answer }) => {
        const rows = answer.series
          .map((series): Row => ({ tags: series.tags, ...figureOf(series, aggregation) }))
          .sort((a, b) => (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY));
        const names = [...new Set(rows.flatMap(({ tags }) => Object.keys(tags)))].slice(0, MOST_TAGS);
        const columns: Column<Row>[] = [
          ...names.map((name) => ({
            name,
            cell: ({ tags }: Row) => tags[name] ?? '',
            by: ({ tags }: Row) => tags[name] ?? null,
          })),
          {
            name: unit === undefined ? aggregation : `${aggregation} (${unit})`,
            cell: ({ value }) => <data value={value ?? ''}>{figure(value)}</data>,
            by: ({ value }) => value,
            isNumber: true,
          },
          ...(compare === undefined
            ? []
            : [
                {
                  name: `since ${compare} before`,
                  cell: (row: Row) => {
                    const change = changeOf(row);
                    return change === null ? '–' : changeText(change);
                  },
                  by: changeOf,
                  isNumber: true,
                },
              ]),
        ];
        return (
          <>
            <Table
              name={title || metric}
              rows={rows.slice(0, MOST_ROWS)}
              columns={columns}
              keyOf={({ tags }) => seriesName('', tags)}
            />
            {rows.length > MOST_ROWS && (
              <Partial>
                {MOST_ROWS} of {rows.length} series are listed: group by fewer tags, or ask for the top.
              </Partial>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
