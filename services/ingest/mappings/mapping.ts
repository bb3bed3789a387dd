import type { MetricKind, MetricPoint } from '../../../schemas/types.js';

/** Most mappings of a file: each is looked at for each new type of event. */
export const MAX_MAPPINGS = 100;
/** Most points that are made of one event. */
export const MAX_POINTS = 20;
/** Most tags that a mapping gives its points. */
export const MAX_TAGS = 16;

/** What an event gives to expressions. */
export interface EventBindings {
  readonly tenantId: string;
  /** CEL keeps `type` for itself. */
  readonly eventType: string;
  /** Empty where the event is about nobody. */
  readonly subjectId: string;
  /** Numbers are CEL's doubles. */
  readonly attributes: Readonly<Record<string, boolean | number | string | null>>;
  readonly [name: string]: unknown;
}

/** What an expression gives: a value, or in words why it has none, which may be that something is not there. */
export type Evaluated =
  | { readonly value: unknown }
  | { readonly problem: string; readonly isMissing: boolean };

/** A compiled expression over an event. */
export interface EventExpression {
  readonly source: string;
  valueFor(bindings: EventBindings): Evaluated;
}

/** Where a value comes from. */
export type ValueSource =
  | { readonly from: 'constant'; readonly value: number }
  | { readonly from: 'attribute'; readonly name: string }
  | { readonly from: 'expression'; readonly expression: EventExpression }
  | { readonly from: 'member' };

/** Where the text of a tag comes from. */
export type TagSource =
  | { readonly from: 'constant'; readonly text: string }
  | { readonly from: 'subject' }
  | {
      readonly from: 'attribute';
      readonly name: string;
      /** What it may be; all others become `other`. Null for any text. */
      readonly values: ReadonlySet<string> | null;
      readonly other: string;
    };

/** One point of an event. */
export interface Mapping {
  readonly name: string;
  /** All that is configured, as text: equal for mappings that do the same. */
  readonly identity: string;
  readonly type: (type: string) => boolean;
  readonly tenant: (tenant: string) => boolean;
  readonly when: EventExpression | null;
  readonly metric: string;
  readonly value: ValueSource;
  readonly kind: MetricKind;
  readonly unit: MetricPoint['unit'];
  readonly tags: readonly (readonly [name: string, source: TagSource])[];
}
