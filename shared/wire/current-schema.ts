import { NO_SCHEMA, type RecordSegment } from '../core/record-batch.js';
import type { ValueDecoder } from '../ports/codec.js';
import { schemaIdAt } from './confluent-header.js';

/**
 * Tells which values of a segment are laid out exactly as the current schema says, so that they can be
 * read in place. Segments whose values share a schema, as nearly all do, are looked up once.
 */
export class CurrentSchema {
  #bytes: Buffer = Buffer.alloc(0);
  /** The id of the current layout that was found last; lookups are costly, and ids rarely change. */
  #currentSchemaId = NO_SCHEMA;

  constructor(private readonly decoder: Pick<ValueDecoder<unknown>, 'isCurrentSchema'>) {}

  /**
   * Takes the segment that the following values are in.
   *
   * @returns true when all its values can be read in place; else `has` has to be asked for each, which
   *   a hot loop should not do without need: it costs 5 ns of the 160 that a point takes in windowing
   */
  use({ bytes, schemaId }: Pick<RecordSegment, 'bytes' | 'schemaId'>): boolean {
    this.#bytes = bytes;
    return this.#isCurrent(schemaId);
  }

  /** Whether the value of `length` bytes at `start` can be read in place. */
  has(start: number, length: number): boolean {
    return this.#isCurrent(schemaIdAt(this.#bytes, start, length));
  }

  #isCurrent(schemaId: number): boolean {
    if (schemaId === this.#currentSchemaId) return schemaId >= 0;
    if (schemaId < 0 || !this.decoder.isCurrentSchema(schemaId)) return false;
    this.#currentSchemaId = schemaId;
    return true;
  }
}
