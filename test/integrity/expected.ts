import type { PlainPoint } from '../support/plain-client.js';
import { windowKey } from '../support/recompute.js';
import { Counters } from './counters.js';
import { DEFINITIONS, SESSION } from './definitions.js';
import type { Findings } from './findings.js';
import {
  hasSession,
  judgeLate,
  type LateReport,
  mustBeLate,
  type PlacedRecord,
  windowsAround,
} from './late-check.js';
import type { TopicRecord } from './read-topic.js';
import { Sessions } from './sessions.js';
import { StreamClock, type TimeBounds } from './stream-clock.js';
import { Tally } from './tally.js';

const NONE: ReadonlySet<string> = new Set();
const GROUPING = new Map(DEFINITIONS.map(({ name, groupBy }) => [name, groupBy]));

/**
 * What must be in `windows`, by an own computation over `metrics` less what `late` says was missed.
 * Records of a partition are to be given in their order.
 */
export class Expected {
  readonly windows = new Map<string, Tally>();
  readonly #sessions = new Sessions();
  readonly #counters = new Counters();
  readonly #clocks = new Map<number, TimeBounds>();
  readonly #reports = new Map<string, LateReport[]>();
  /** Only of ids that somebody calls late: the others are counted and forgotten. */
  readonly #copies = new Map<string, PlacedRecord[]>();
  points = 0;
  sessions = 0;
  lateReports = 0;
  lateForCertain = 0;

  /** @param clock makes the bounds of a partition's time, by the records of `metrics` */
  constructor(
    private readonly findings: Findings,
    private readonly clock: () => TimeBounds = () => new StreamClock(),
  ) {}

  addLate(report: LateReport): void {
    this.lateReports += 1;
    const id = idOf(report.point);
    this.#reports.set(id, [...(this.#reports.get(id) ?? []), report]);
  }

  /** After all of `late`. */
  addPoint({ partition, offset, appendedAt, value: point }: TopicRecord<PlainPoint>): void {
    this.points += 1;
    let clock = this.#clocks.get(partition);
    if (clock === undefined) {
      clock = this.clock();
      this.#clocks.set(partition, clock);
    }
    clock.observe(point.timestamp, appendedAt);
    const record = { partition, offset, point, least: clock.least, most: clock.most };
    const late = mustBeLate(record);
    if (late) this.lateForCertain += 1;
    const id = idOf(point);
    if (late || this.#reports.has(id)) this.#copies.set(id, [...(this.#copies.get(id) ?? []), record]);
    else this.#count(record, NONE);
  }

  /** After all of `metrics`. */
  finish(): void {
    for (const id of new Set([...this.#reports.keys(), ...this.#copies.keys()])) {
      const copies = this.#copies.get(id) ?? [];
      const missed = judgeLate(copies, this.#reports.get(id) ?? [], this.findings);
      copies.forEach((copy, i) => {
        this.#count(copy, missed[i] ?? NONE);
      });
    }
    this.#counters.into((point, name, start) => this.windows.get(keyOf(point, name, start)));
    this.sessions = this.#sessions.into(this.windows);
  }

  #count({ point, offset }: PlacedRecord, missed: ReadonlySet<string>): void {
    if (hasSession(point) && !missed.has(`${SESSION.name}/${point.timestamp}`))
      this.#sessions.add(point, offset);
    if (point.kind === 'cumulative') this.#counters.add(point, offset, missed);
    for (const { name, start, end } of windowsAround(point)) {
      if (missed.has(`${name}/${start}`)) continue;
      const key = keyOf(point, name, start);
      let tally = this.windows.get(key);
      if (tally === undefined) {
        tally = new Tally(start, end);
        this.windows.set(key, tally);
      }
      tally.add(point.value, point.timestamp, offset);
      if (point.kind === 'delta') tally.addIncrease(point.value);
      if (point.kind === 'member') tally.addMember(point.value);
    }
  }
}

function keyOf({ tenantId, metric, tags }: PlainPoint, window: string, start: number): string {
  return windowKey(tenantId, metric, grouped(tags, window), window, start);
}

function idOf({ tenantId, id }: PlainPoint): string {
  return `${tenantId}/${id}`;
}

function grouped(tags: Record<string, string>, window: string): Record<string, string> {
  const groupBy = GROUPING.get(window) ?? null;
  if (groupBy === null) return tags;
  return Object.fromEntries(Object.entries(tags).filter(([name]) => groupBy.includes(name)));
}
