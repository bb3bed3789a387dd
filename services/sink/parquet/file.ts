import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Cell, Transport } from '../timescale/rows.js';
import type { Layout, Placed } from './rows.js';

/** Parquet's type for each way that a column travels; JSON stays the text that it is. */
const TYPES: Readonly<Record<Transport, 'STRING' | 'DOUBLE' | 'INT64' | 'TIMESTAMP'>> = {
  text: 'STRING',
  number: 'DOUBLE',
  integer: 'INT64',
  time: 'TIMESTAMP',
  json: 'STRING',
};

/**
 * Rows as a Parquet file, compressed by Snappy; the same bytes for the same rows. Besides the columns of
 * the table, `kafka_partition` and `kafka_offset` say which record a row was.
 */
export function parquetFile<T>(layout: Layout<T>, rows: readonly Placed<T>[], partition: number): Uint8Array {
  const columnData = layout.columns.map(({ name, transport, of }) => ({
    name,
    type: TYPES[transport],
    data: rows.map(({ value }) => cell(of(value), transport)),
  }));
  const place = [
    { name: 'kafka_partition', type: 'INT32' as const, data: rows.map(() => partition) },
    { name: 'kafka_offset', type: 'INT64' as const, data: rows.map(({ offset }) => BigInt(offset)) },
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData: [...columnData, ...place], createdBy: 'tactus' }));
}

function cell(value: Cell, transport: Transport): Cell | bigint {
  if (value === null || (transport !== 'integer' && transport !== 'time')) return value;
  return BigInt(value);
}
