import type { Aggregation } from '../../../api/vocabulary.js';
import type { Component, Kind } from './component.js';
import { FIELDS } from './component.js';
import { pairsOf, pairsText } from './pairs.js';

/*
 * A component as it stands in the fields of its editor: texts, which need not be right.
 */

export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  chart: 'Chart',
  kpi: 'Figure',
  heatmap: 'Heatmap',
  table: 'Table',
  alerts: 'Alerts',
  text: 'Text',
};

export interface Form {
  readonly kind: Kind;
  readonly title: string;
  readonly metric: string;
  readonly aggregation: Aggregation;
  readonly tags: string;
  /** Whether series are grouped. */
  readonly groups: 'each' | 'by';
  readonly by: string;
  readonly top: string;
  readonly compare: string;
  readonly band: boolean;
  readonly unit: string;
  readonly state: NonNullable<Component['state']> | '';
  readonly severity: NonNullable<Component['severity']> | '';
  readonly rule: string;
  readonly labels: string;
  readonly text: string;
  readonly x: string;
  readonly y: string;
  readonly w: string;
  readonly h: string;
}

export function formOf(component: Component): Form {
  const { kind, title, metric = '', aggregation = 'avg', by, top, band = false, compare = '' } = component;
  const { unit = '', state = '', severity = '', rule = '', text = '', x, y, w, h } = component;
  return {
    ...{ kind, title, metric, aggregation, band, compare, unit, state, severity, rule, text },
    ...{ tags: pairsText(component.tags), labels: pairsText(component.labels) },
    ...{ groups: by === undefined ? 'each' : 'by', by: (by ?? []).join(', '), top: String(top ?? '') },
    ...{ x: String(x), y: String(y), w: String(w), h: String(h) },
  };
}

/** What the fields say; it may have mistakes, which `problemsOf` finds. Fields that its kind does not have are left out. */
export function componentOf(form: Form, { id }: Pick<Component, 'id'>): Component {
  const { kind, title, metric, aggregation, groups, band, unit, state, severity, rule, text } = form;
  const isGrouped = groups === 'by';
  const by = form.by.split(',').map((one) => one.trim());
  const all = {
    ...{ metric, aggregation, text },
    tags: pairs(form.tags),
    labels: pairs(form.labels),
    by: isGrouped ? by.filter((one) => one !== '') : undefined,
    top: isGrouped ? number(form.top) : undefined,
    compare: isGrouped || kind === 'kpi' ? filled(form.compare) : undefined,
    band: band && !isGrouped ? true : undefined,
    ...{ unit: filled(unit), state: filled(state), severity: filled(severity), rule: filled(rule) },
  };
  const own = Object.entries(all).filter(
    ([field, value]) => value !== undefined && FIELDS[kind].includes(field as keyof Component),
  );
  const [x, y, w, h] = [form.x, form.y, form.w, form.h].map((one) => number(one) ?? Number.NaN);
  return { ...Object.fromEntries(own), id, kind, title, x, y, w, h } as Component;
}

const filled = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim());

/** Undefined where nothing is written. */
function number(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text);
}

/** What cannot be read stays a text, which is no object of texts. */
function pairs(text: string): unknown {
  if (text.trim() === '') return undefined;
  return pairsOf(text) ?? text;
}
