import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { classes } from './class-names.js';

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T) => ComponentChildren;
  /** What rows are sorted by; without it they are not. */
  readonly by?: (row: T) => string | number | null;
  readonly isNumber?: boolean;
}

interface TableProps<T> {
  /** What it has, for those who do not see it. */
  readonly name: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
}

/** Rows, sorted by a press on a column's name. */
export function Table<T>({ name, rows, columns, keyOf }: TableProps<T>) {
  const [order, setOrder] = useState<{ readonly column: string; readonly isDown: boolean } | null>(null);
  const by = columns.find((column) => column.name === order?.column)?.by;
  const shown = by === undefined ? rows : sorted(rows, by, order?.isDown ?? false);
  return (
    <div class="table-wrap">
      <table class="table">
        <caption class="visually-hidden">{name}</caption>
        <thead>
          <tr>
            {columns.map((column) => {
              const isBy = order?.column === column.name;
              return (
                <th
                  key={column.name}
                  scope="col"
                  class={classes(column.isNumber && 'is-number')}
                  {...(isBy && {
                    'aria-sort': order.isDown ? ('descending' as const) : ('ascending' as const),
                  })}
                >
                  {column.by === undefined ? (
                    column.name
                  ) : (
                    <button
                      type="button"
                      class="button is-quiet is-small"
                      onClick={() => setOrder({ column: column.name, isDown: !(isBy && order.isDown) })}
                    >
                      {column.name}
                      <span aria-hidden="true">{isBy ? (order.isDown ? '↓' : '↑') : ''}</span>
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.name} class={classes(column.isNumber && 'is-number')}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What has nothing to be sorted by stands at the end. */
function sorted<T>(rows: readonly T[], by: (row: T) => string | number | null, isDown: boolean): T[] {
  const sign = isDown ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [by(a), by(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return x < y ? -sign : x > y ? sign : 0;
  });
}
