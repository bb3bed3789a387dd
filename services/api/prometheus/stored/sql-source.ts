import type { TenantReader } from '../../queries/tenant-database.js';
import { failed } from '../promql/model/faults.js';
import { METRIC_NAME } from '../promql/model/labels.js';
import type { Selected, Selection, Series, SeriesSource } from '../promql/model/series-source.js';
import { asSeries } from './as-series.js';
import { type Bucket, bucketFor } from './choose-bucket.js';
import { FIGURES, type Figure } from './figures.js';
import {
  choose,
  countPoints,
  lengthOf,
  POINTS,
  type Reading,
  readStored,
  type StoredPoints,
} from './read-points.js';
import { tooManySeries } from './series-catalog.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How many points a shorter time has is not looked up before they are read. */
const LONG_MS = DAY_MS;

/** Figures of a roll-up, with what they stand for. */
interface RolledUp {
  readonly bucket: Bucket;
  readonly figure: Figure;
}

export interface SqlSourceOptions {
  /** The longest buckets that are read instead of points though these are there; null reads points where they can be. */
  readonly longestBucket: number | null;
  /** The time of the request, in milliseconds. */
  readonly now: number;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Takes what is to be said of the answer. */
  readonly warn: (warning: string) => void;
}

/** The series of one tenant: points, or roll-ups with a warning where points are too many or gone. */
export class SqlSource implements SeriesSource {
  readonly #points = new Map<string, readonly Series[]>();
  #keptSince: number | null = null;

  constructor(
    private readonly reader: TenantReader,
    private readonly options: SqlSourceOptions,
  ) {}

  async select(selection: Selection): Promise<Selected> {
    const { longestBucket, warn } = this.options;
    const rolledUp = rolledUpFor(selection, longestBucket ?? Number.POSITIVE_INFINITY);
    const name = nameOf(selection);
    if (rolledUp !== null && longestBucket !== null)
      return await this.#rolledUp(selection, rolledUp, 'as max_source_resolution allows');
    const keptSince = await this.#pointsKeptSince(selection);
    if (selection.start < keptSince) {
      const gone = `points before ${new Date(keptSince).toISOString()} may have been removed`;
      if (rolledUp !== null) return await this.#rolledUp(selection, rolledUp, gone);
      warn(`${name}: ${gone}, and ${this.#whyNot(selection)}`);
    }
    const found = await this.#read(selection);
    if (found !== null) return { series: found, bucket: 0 };
    const tooMany = `its points are more than the ${selection.maxSamples} that are left of those allowed (TACTUS_API_PROMQL_MAX_SAMPLES)`;
    if (rolledUp !== null) return await this.#rolledUp(selection, rolledUp, tooMany);
    throw failed(
      `query processing would load too many samples into memory: ${name}: ${tooMany}, and ${this.#whyNot(selection)}; select fewer series or a shorter range`,
    );
  }

  /** The points; null where they are too many. */
  async #read(selection: Selection): Promise<readonly Series[] | null> {
    const { matchers, start, end, maxSamples, maxSeries } = selection;
    const key = JSON.stringify([
      start,
      end,
      matchers.map(({ name, operator, value }) => [name, operator, value]),
    ]);
    const known = this.#points.get(key);
    if (known !== undefined) return known;
    const chosen = await choose(this.reader, selection, this.options.signal);
    if (chosen === null) return [];
    const isLong = end - start > LONG_MS;
    if (isLong && (await countPoints(this.reader, chosen, selection)) > maxSamples) return null;
    const rows = await readStored(this.reader, POINTS, chosen, selection);
    refuseMany(rows, maxSeries);
    if (samplesOf(rows, POINTS) > maxSamples) return null;
    const series = asSeries(rows, POINTS, 0, null);
    this.#points.set(key, series);
    return series;
  }

  async #rolledUp(selection: Selection, { bucket, figure }: RolledUp, why: string): Promise<Selected> {
    const table = `tactus_tenant.rollup_${bucket.name}${figure.isIncrease ? '_increase' : ''}`;
    const reading: Reading = {
      from: `${figure.sql} AS value, count::float8 AS weight, date_part('epoch', bucket) AS seconds FROM ${table}`,
      ...{ time: 'bucket', isWeighted: true, order: '' },
    };
    // Also the bucket that ends in the range, and the one before it, which stands until then.
    const wider = { ...selection, start: selection.start - 2 * bucket.ms };
    const chosen = await choose(this.reader, wider, this.options.signal);
    const rows = chosen === null ? [] : await readStored(this.reader, reading, chosen, wider);
    refuseMany(rows, selection.maxSeries);
    if (samplesOf(rows, reading) > selection.maxSamples)
      throw failed(
        `query processing would load too many samples into memory: ${nameOf(selection)}: even roll-ups of ${bucket.name} are more than the ${selection.maxSamples} that are left of those allowed (TACTUS_API_PROMQL_MAX_SAMPLES); select fewer series or a shorter range`,
      );
    this.options.warn(
      `${nameOf(selection)}: read from roll-ups of ${bucket.name}, of each ${figure.what}, since ${why}`,
    );
    // In the last half millisecond, so that a range has the buckets that end in it, and not the one that ends where it begins.
    const offset = figure.at === 'end' ? bucket.ms - 0.5 : bucket.ms / 2;
    return { series: asSeries(rows, reading, offset, figure.both), bucket: bucket.ms };
  }

  #whyNot({ use }: Selection): string {
    if (FIGURES[use] === undefined)
      return use === 'points' ? 'roll-ups do not have points' : `roll-ups do not have what ${use}() needs`;
    return this.options.longestBucket === null
      ? 'the range is too short for roll-ups, which are of minutes at least'
      : 'max_source_resolution allows no roll-ups';
  }

  /** The time since which all points are there, in milliseconds. */
  async #pointsKeptSince({ start }: Selection): Promise<number> {
    // Retention is of whole days.
    if (start > this.options.now - DAY_MS) return Number.NEGATIVE_INFINITY;
    if (this.#keptSince === null) {
      const [row] = await this.reader.rows<{ kept: number | null }>(
        `SELECT date_part('epoch', tactus_tenant.points_kept_since()) * 1000 AS kept`,
      );
      this.#keptSince = row?.kept ?? Number.NEGATIVE_INFINITY;
    }
    return this.#keptSince;
  }
}

function rolledUpFor(selection: Selection, longest: number): RolledUp | null {
  const figure = FIGURES[selection.use];
  if (figure === undefined) return null;
  const bucket = bucketFor(selection, figure.fewest, longest);
  return bucket === null ? null : { bucket, figure };
}

/** A selection in a few words, for who asked. */
function nameOf({ matchers, use }: Selection): string {
  const metric = matchers.find(({ name, operator }) => name === METRIC_NAME && operator === '=')?.value;
  const shown = metric?.slice(0, 100) ?? '{…}';
  return use === 'last' || use === 'points' ? shown : `${use}(${shown})`;
}

const samplesOf = (rows: readonly StoredPoints[], reading: Reading) =>
  rows.reduce((sum, row) => sum + lengthOf(row, reading), 0);

function refuseMany(rows: readonly StoredPoints[], maxSeries: number): void {
  if (rows.length > maxSeries) throw tooManySeries(maxSeries);
}
