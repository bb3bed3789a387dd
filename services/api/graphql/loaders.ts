import DataLoader from 'dataloader';
import type { Alert, AlertControl } from '../../../schemas/types.js';
import { hiddenBy } from '../../../shared/alerting/controls.js';
import { type Matcher, parseMatcher } from '../../../shared/alerting/matcher.js';
import type { Asking } from '../access/asking.js';
import type { Range } from '../http/range.js';
import { type AlertRow, findOccurrences } from '../queries/alerts.js';
import { type AnomalyRow, findAnomaliesOf, type SeriesName } from '../queries/anomalies.js';
import type { ApiServices } from '../routes/services.js';
import { visibleSilences } from '../routes/silence-item.js';

export type LoadServices = Pick<ApiServices, 'database' | 'acting'>;

interface Silence {
  readonly control: AlertControl;
  readonly matchers: readonly Matcher[];
}

/** Of one query. */
const MAX_BATCH = 1_000;

/** What nested fields of one request read: the same field of many objects in one query, and nothing twice. */
export class Loaders {
  readonly #occurrences = new Map<string, DataLoader<string, AlertRow[]>>();
  readonly #anomalies = new Map<string, DataLoader<SeriesName, AnomalyRow[], string>>();
  readonly #silences = new Map<string, Promise<Silence[]>>();

  /**
   * @param gone aborts when the client has gone
   * @param inTurn does what it is given when the request may read again
   */
  constructor(
    private readonly services: LoadServices,
    private readonly gone: AbortSignal,
    private readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>,
  ) {}

  /** The latest times that an alert went up, newest first. */
  async occurrences({ tenantId }: Asking, fingerprint: string, limit: number): Promise<AlertRow[]> {
    const { database } = this.services;
    const loader = kept(this.#occurrences, JSON.stringify([tenantId, limit]), () => {
      const load = async (fingerprints: readonly string[]) => {
        const rows = await this.inTurn(() =>
          database.read(tenantId, 'finding alerts', this.gone, (reader) =>
            findOccurrences(reader, fingerprints, limit),
          ),
        );
        const found = Map.groupBy(rows, (row) => row.fingerprint);
        return fingerprints.map((one) => found.get(one) ?? []);
      };
      return new DataLoader(load, { maxBatchSize: MAX_BATCH });
    });
    return await loader.load(fingerprint);
  }

  /** Anomalies of a series, newest first. */
  async anomalies(
    { tenantId }: Asking,
    series: SeriesName,
    range: Range,
    limit: number,
  ): Promise<AnomalyRow[]> {
    const { database } = this.services;
    const key = JSON.stringify([tenantId, range.start, range.end, limit]);
    const loader = kept(this.#anomalies, key, () => {
      const load = async (all: readonly SeriesName[]) => {
        const rows = await this.inTurn(() =>
          database.read(tenantId, 'finding anomalies', this.gone, (reader) =>
            findAnomaliesOf(reader, all, { ...range, limit }),
          ),
        );
        const found = Map.groupBy(rows, (row) => row.of);
        return all.map((_, i) => found.get(i + 1) ?? []);
      };
      return new DataLoader(load, { maxBatchSize: MAX_BATCH, cacheKeyFn: (one) => JSON.stringify(one) });
    });
    return await loader.load(series);
  }

  /** Silences that an alert fits, of those whose time is not over. */
  async silencesOf(asking: Asking, labels: Alert['labels'], limit: number): Promise<AlertControl[]> {
    const { tenantId } = asking;
    const alert = [{ tenantId, labels }];
    const fitting: AlertControl[] = [];
    for (const { control, matchers } of await kept(this.#silences, tenantId, () =>
      this.#readSilences(asking),
    )) {
      if (fitting.length >= limit) break;
      if (hiddenBy({ matchers, tenantId: control.tenantId }, alert).length > 0) fitting.push(control);
    }
    return fitting;
  }

  /** Patterns are compiled once, however many alerts are tried with them. */
  async #readSilences(asking: Asking): Promise<Silence[]> {
    return (await visibleSilences(this.services.acting, asking)).flatMap((control) => {
      const matchers = control.matchers.map(parseMatcher).filter((one) => typeof one !== 'string');
      // One that cannot be read silences nothing.
      return matchers.length === control.matchers.length ? [{ control, matchers }] : [];
    });
  }
}

function kept<K, V>(values: Map<K, V>, key: K, make: () => V): V {
  const known = values.get(key);
  if (known !== undefined) return known;
  const value = make();
  values.set(key, value);
  return value;
}
