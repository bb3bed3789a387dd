import type { Alert } from '../../api/operations.js';
import { tagTexts } from '../../api/tags.js';
import { SEVERITIES } from '../../api/vocabulary.js';

/** Where alerts lie. What is acknowledged or silenced needs nobody now, but goes on. */
export const BOXES = ['firing', 'acknowledged', 'silenced', 'pending', 'resolved'] as const;
export type Box = (typeof BOXES)[number];

/** An alert lies in one place: what is silenced notifies nobody, whoever has acknowledged it. */
export function boxOf({
  state,
  acknowledged,
  silenced,
}: Pick<Alert, 'state' | 'acknowledged' | 'silenced'>): Box {
  if (state !== 'firing') return state;
  if (silenced) return 'silenced';
  return acknowledged ? 'acknowledged' : 'firing';
}

type Order = (a: Alert, b: Alert) => number;

const newest: Order = (a, b) => Date.parse(b.startsAt) - Date.parse(a.startsAt);

/** The worst first, of those the newest. */
export const byUrgency: Order = (a, b) =>
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || newest(a, b);

const ORDERS: ReadonlyMap<string | null, Order> = new Map<string | null, Order>([
  ['newest', newest],
  ['oldest', (a, b) => newest(b, a)],
  ['value', (a, b) => b.value - a.value || byUrgency(a, b)],
  ['rule', (a, b) => (a.rule === b.rule ? byUrgency(a, b) : a.rule < b.rule ? -1 : 1)],
]);

/** How the inbox is ordered, by what stands in the address; by urgency where that is no order. */
export const orderOf = (name: string | null): Order => ORDERS.get(name) ?? byUrgency;

export interface AlertFilter {
  readonly text: string;
  /** Those that are empty are none. */
  readonly severity: string;
  readonly rule: string;
  /** `name=value`; an alert has all of them. */
  readonly labels: readonly string[];
}

export function fits(alert: Alert, { text, severity, rule, labels }: AlertFilter): boolean {
  const own = new Set(tagTexts(alert.labels));
  return (
    (severity === '' || alert.severity === severity) &&
    (rule === '' || alert.rule === rule) &&
    labels.every((one) => own.has(one)) &&
    hasText(alert, text)
  );
}

/** Labels as somebody writes them, `name=value` with spaces between; null for what is none. */
export function writtenLabels(text: string): readonly string[] | null {
  const labels = text.split(/\s+/).filter((one) => one !== '');
  return labels.every((one) => /^[^=]+=/.test(one)) ? labels : null;
}

/** Whether an alert has a text in its rule, what it says or one of its labels, whatever the case. */
export function hasText({ rule, labels, annotations }: Alert, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const all = [rule, ...Object.values(annotations), ...tagTexts(labels)];
  return wanted === '' || all.some((one) => one.toLowerCase().includes(wanted));
}

/** One time that an alert went up: it may go up again, and is not acknowledged then. */
export const occurrenceOf = ({ fingerprint, startsAt }: Pick<Alert, 'fingerprint' | 'startsAt'>): string =>
  `${fingerprint} ${startsAt}`;

export interface Meanwhile {
  /** Those that still need somebody, as they are now. */
  readonly open: readonly Alert[];
  readonly acknowledged: number;
  readonly ended: number;
}

/**
 * What has become of alerts since somebody began to act on them.
 *
 * @param picked as they were then
 * @param now all that are known; of one that is not among them nothing is known, so that it is as it was
 */
export function meanwhile(picked: readonly Alert[], now: readonly Alert[]): Meanwhile {
  const newest = new Map<string, Alert>();
  for (const one of now) {
    const before = newest.get(one.fingerprint);
    if (before === undefined || Date.parse(before.startsAt) < Date.parse(one.startsAt))
      newest.set(one.fingerprint, one);
  }
  const open: Alert[] = [];
  let [acknowledged, ended] = [0, 0];
  for (const was of picked) {
    const is = newest.get(was.fingerprint) ?? was;
    if (is.state === 'resolved' || is.startsAt !== was.startsAt) ended += 1;
    else if (is.acknowledged && !was.acknowledged) acknowledged += 1;
    else open.push(is);
  }
  return { open, acknowledged, ended };
}

/** Labels that alerts have in common without being about the same. */
const COMMON = new Set(['alertname', 'tenant', 'severity']);

/** Other alerts, those with the most in common first: their rule, and labels with the same value. */
export function similarTo(alert: Alert, others: readonly Alert[], most: number): Alert[] {
  const inCommon = ({ rule, labels }: Alert) =>
    (rule === alert.rule ? 1 : 0) +
    Object.entries(labels).filter(([name, value]) => !COMMON.has(name) && alert.labels[name] === value)
      .length;
  return others
    .filter(({ fingerprint }) => fingerprint !== alert.fingerprint)
    .map((other) => ({ other, score: inCommon(other) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || byUrgency(a.other, b.other))
    .slice(0, most)
    .map(({ other }) => other);
}

/** Alerts of one rule, or with the same value of a label, together; in the order of their first ones. */
export function groupedBy(alerts: readonly Alert[], by: string): ReadonlyMap<string, readonly Alert[]> {
  if (by === '') return new Map([['', alerts]]);
  return Map.groupBy(alerts, ({ rule, labels }) =>
    by === 'rule' ? rule : ((Object.hasOwn(labels, by) ? labels[by] : undefined) ?? `without ${by}`),
  );
}

/** Whether a matcher can name a label: tags, which labels are made of, may have other names. */
export const canBeMatched = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_.]*$/.test(name);

/** A matcher that selects a label, in Alertmanager's notation; in one line, whatever the value. */
export const matcherOf = (name: string, value: string): string => `${name}=${JSON.stringify(value)}`;

/** Labels that say what something is about, rather than how bad it is or whose: those that a silence begins with. */
export function matchersOf(alerts: readonly Alert[]): string[] {
  const [first, ...others] = alerts;
  if (first === undefined) return [];
  return Object.entries(first.labels)
    .filter(([name]) => name !== 'tenant' && name !== 'severity' && canBeMatched(name))
    .filter(([name, value]) => others.every(({ labels }) => labels[name] === value))
    .map(([name, value]) => matcherOf(name, value));
}

/** An address that a person may follow; null for any other text. */
export function webAddress(text: string | undefined): string | null {
  return text !== undefined && /^https?:\/\//i.test(text) ? text : null;
}

/** The name of the rule that an alert is about: of one that says that a rule fails, of that rule. */
export const ruleAbout = ({ rule }: Pick<Alert, 'rule'>): string => rule.replace(/^RuleFailing:/, '');
