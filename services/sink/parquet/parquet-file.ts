import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Cell, ColumnType } from '../rows/columns.js';
import type { Layout, Located } from './layout.js';

/** Parquet's types; JSON is kept as text. */
const TYPES: Readonly<Record<ColumnType, 'STRING' | 'DOUBLE' | 'INT64' | 'TIMESTAMP'>> = {
  text: 'STRING',
  number: 'DOUBLE',
  integer: 'INT64',
  time: 'TIMESTAMP',
  json: 'STRING',
};

/**
 * Encodes rows as a Parquet file, compressed with Snappy; equal rows give equal bytes. Besides the columns
 * of the table, `kafka_partition` and `kafka_offset` name the record of a row.
 */
export function parquetFile<T>(
  layout: Layout<T>,
  rows: readonly Located<T>[],
  partition: number,
): Uint8Array {
  const columnData = layout.columns.map(({ name, type, of }) => ({
    name,
    type: TYPES[type],
    data: rows.map(({ value }) => cell(of(value), type)),
  }));
  const recordColumns = [
    { name: 'kafka_partition', type: 'INT32' as const, data: rows.map(() => partition) },
    { name: 'kafka_offset', type: 'INT64' as const, data: rows.map(({ offset }) => BigInt(offset)) },
  ];
  return new Uint8Array(
    parquetWriteBuffer({ columnData: [...columnData, ...recordColumns], createdBy: 'tactus' }),
  );
}

function cell(value: Cell, type: ColumnType): Cell | bigint {
  if (value === null || (type !== 'integer' && type !== 'time')) return value;
  return BigInt(value);
}
