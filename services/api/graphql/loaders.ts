import DataLoader from 'dataloader';
import type { Alert, AlertControl } from '../../../schemas/types.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { Asking } from '../access/asking.js';
import type { Range } from '../http/range.js';
import { type AlertRow, findOccurrences } from '../queries/alerts.js';
import { type AnomalyRow, findAnomaliesOf, type SeriesName } from '../queries/anomalies.js';
import type { TenantReader } from '../queries/tenant-database.js';
import type { ApiServices } from '../routes/services.js';
import { visibleSilences } from '../routes/silence-item.js';
import { AlertSilences } from './alert-silences.js';

export type LoadServices = Pick<ApiServices, 'database' | 'acting'>;

/** Of one query. */
const MAX_BATCH = 1_000;

/** What nested fields of one request read: the same field of many objects in one query, and nothing twice. */
export class Loaders {
  readonly #occurrences = new Map<string, DataLoader<string, AlertRow[]>>();
  readonly #anomalies = new Map<string, DataLoader<SeriesName, AnomalyRow[], string>>();
  readonly #silences = new Map<string, AlertSilences>();
  /** Objects that nested fields may have still. */
  #left: number;
  #refusal: TactusError | null = null;

  /**
   * @param gone aborts when the client has gone
   * @param inTurn does what it is given when the request may read again
   * @param mostObjects in answers of nested fields: how many there are of a list that no argument bounds is not known before
   */
  constructor(
    private readonly services: LoadServices,
    private readonly gone: AbortSignal,
    private readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>,
    private readonly mostObjects: number,
  ) {
    this.#left = mostObjects;
  }

  /** The latest times that an alert went up, newest first. */
  async occurrences({ tenantId }: Asking, fingerprint: string, limit: number): Promise<AlertRow[]> {
    const loader = kept(this.#occurrences, JSON.stringify([tenantId, limit]), () => {
      const load = async (fingerprints: readonly string[]) => {
        const rows = await this.#rows(tenantId, 'finding alerts', (reader, most) =>
          findOccurrences(reader, fingerprints, { limit, most }),
        );
        const found = Map.groupBy(rows, (row) => row.fingerprint);
        return fingerprints.map((one) => found.get(one) ?? []);
      };
      return new DataLoader(load, { maxBatchSize: MAX_BATCH });
    });
    return this.#taken(await loader.load(fingerprint));
  }

  /** Anomalies of a series, newest first. */
  async anomalies(
    { tenantId }: Asking,
    series: SeriesName,
    range: Range,
    limit: number,
  ): Promise<AnomalyRow[]> {
    const key = JSON.stringify([tenantId, range.start, range.end, limit]);
    const loader = kept(this.#anomalies, key, () => {
      const load = async (all: readonly SeriesName[]) => {
        const rows = await this.#rows(tenantId, 'finding anomalies', (reader, most) =>
          findAnomaliesOf(reader, all, { ...range, limit, most }),
        );
        const found = Map.groupBy(rows, (row) => row.of);
        return all.map((_, i) => found.get(i + 1) ?? []);
      };
      return new DataLoader(load, { maxBatchSize: MAX_BATCH, cacheKeyFn: (one) => JSON.stringify(one) });
    });
    return this.#taken(await loader.load(series));
  }

  /** Silences that an alert fits, of those whose time is not over. */
  async silencesOf(asking: Asking, labels: Alert['labels'], limit: number): Promise<AlertControl[]> {
    const { acting } = this.services;
    const silences = kept(
      this.#silences,
      asking.tenantId,
      () => new AlertSilences(asking.tenantId, visibleSilences(acting, asking), this.gone),
    );
    return this.#taken((await silences.of(labels)).slice(0, limit));
  }

  /** @param read takes the most rows that are wanted, of which one is too many */
  #rows<R>(
    tenantId: string,
    doing: string,
    read: (reader: TenantReader, most: number) => Promise<R[]>,
  ): Promise<R[]> {
    return this.inTurn(async () => {
      const left = Math.max(0, this.#left);
      const rows = await this.services.database.read(tenantId, doing, this.gone, (reader) =>
        read(reader, left + 1),
      );
      if (rows.length > left) throw this.#tooLarge();
      return rows;
    });
  }

  /** Counts what a field is answered. @throws TactusError `TACTUS_QUERY_TOO_LARGE` */
  #taken<T>(objects: T[]): T[] {
    this.#left -= objects.length;
    if (this.#left < 0) throw this.#tooLarge();
    return objects;
  }

  /** One for all fields: they are refused together. */
  #tooLarge(): TactusError {
    this.#refusal ??= new TactusError(
      'TACTUS_QUERY_TOO_LARGE',
      `nested fields have more than ${this.mostObjects} objects in all (TACTUS_API_GRAPHQL_MAX_COST): ask with a lower limit, or in several requests`,
    );
    return this.#refusal;
  }
}

function kept<K, V>(values: Map<K, V>, key: K, make: () => V): V {
  const known = values.get(key);
  if (known !== undefined) return known;
  const value = make();
  values.set(key, value);
  return value;
}
