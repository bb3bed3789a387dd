import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Cell, ColumnType } from '../rows/columns.js';
import type { Layout, Located } from './layout.js';

/** Parquet's types; JSON is kept as text. */
const TYPES: Readonly<Record<ColumnType, 'STRING' | 'DOUBLE' | 'INT64' | 'TIMESTAMP' | 'BYTE_ARRAY'>> = {
  text: 'STRING',
  number: 'DOUBLE',
  integer: 'INT64',
  time: 'TIMESTAMP',
  json: 'STRING',
  bytes: 'BYTE_ARRAY',
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

function cell(value: Cell, type: ColumnType): Cell | bigint | Uint8Array {
  if (value === null) return value;
  if (type === 'bytes') return Buffer.from(value as string, 'base64');
  return type === 'integer' || type === 'time' ? BigInt(value) : value;
}
