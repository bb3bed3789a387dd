import { joinHeaders } from '../../../shared/core/headers.js';
import { Lru } from '../../../shared/core/lru.js';
import {
  OUT_KEY_END,
  OUT_KEY_START,
  OUT_PLACES,
  type OutputBatch,
} from '../../../shared/core/output-batch.js';
import { isLimited, type QuotaSource } from '../../../shared/quotas/limits.js';
import { KEY_SEPARATOR } from '../../../shared/wire/series.js';

const SEPARATOR = KEY_SEPARATOR.charCodeAt(0);
/** Tenants whose marks are kept. */
const MAX_MARKS = 10_000;

/** Marks the records of tenants with quotas as counted, so that `ingest` does not count them again; see `countedMarks`. */
export class CountedRecords {
  readonly #marks = new Lru<string, Buffer>(MAX_MARKS);

  /** @param markOf null where there is no secret to make marks under */
  constructor(
    private readonly source: QuotaSource,
    private readonly markOf: ((tenant: string) => Buffer) | null,
  ) {}

  /** Gives the batch back. */
  mark(batch: OutputBatch): OutputBatch {
    const { markOf, source } = this;
    if (markOf === null || !source.anyLimited) return batch;
    let tenant: Buffer | null = null;
    let mark: Buffer | null = null;
    for (let i = 0; i < batch.length; i++) {
      const key = batch.keys[i];
      if (key === null || key === undefined) continue;
      // Of the key, which begins with the tenant and a bar.
      const start = batch.places[i * OUT_PLACES + OUT_KEY_START] as number;
      const bar = key.indexOf(SEPARATOR, start);
      if (bar < 0 || bar >= (batch.places[i * OUT_PLACES + OUT_KEY_END] as number)) continue;
      if (tenant === null || tenant.compare(key, start, bar) !== 0) {
        tenant = key.subarray(start, bar);
        mark = this.#markOf(tenant.toString(), markOf);
      }
      if (mark === null) continue;
      // Of a traced record, behind the mark: there ingest looks for it.
      const before = batch.headersOf(i);
      const all = before === null ? mark : joinHeaders(mark, before);
      batch.putHeaders(all, 0, all.length, i);
    }
    return batch;
  }

  #markOf(tenant: string, markOf: (tenant: string) => Buffer): Buffer | null {
    if (!isLimited(this.source.limitsOf(tenant))) return null;
    const known = this.#marks.get(tenant);
    if (known !== undefined) return known;
    const mark = markOf(tenant);
    this.#marks.set(tenant, mark);
    return mark;
  }
}
