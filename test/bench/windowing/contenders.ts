import type { Bench } from '../stand.js';
import type { Dataset, PointKind } from './dataset.js';
import type { Measured } from './measure.js';
import { consumerPerformance, kafkajs } from './readers.js';
import { streams } from './streams.js';
import { tactus, tactusTraced } from './tactus.js';

type Contender = (bench: Bench, data: Dataset) => Promise<Measured>;

const heapExactlyOnce = streams({ topology: 'panes', panes: 'heap', guarantee: 'exactly_once_v2' });

/** What Tactus is compared with in the table, and Tactus: these run with more partitions too. */
export const YARDSTICKS: Readonly<Record<string, Contender>> = {
  'consumer-performance': consumerPerformance,
  'streams-dsl-eos': streams({ topology: 'dsl', guarantee: 'exactly_once_v2' }),
  'streams-panes-eos': streams({ topology: 'panes', panes: 'store', guarantee: 'exactly_once_v2' }),
  tactus,
};

/** Everybody, in the order of a round. */
export const PEERS: Readonly<Record<string, Contender>> = {
  'consumer-performance': consumerPerformance,
  kafkajs,
  'streams-dsl-alo': streams({ topology: 'dsl', guarantee: 'at_least_once' }),
  'streams-dsl-eos': streams({ topology: 'dsl', guarantee: 'exactly_once_v2' }),
  'streams-panes-alo': streams({ topology: 'panes', panes: 'store', guarantee: 'at_least_once' }),
  'streams-panes-eos': streams({ topology: 'panes', panes: 'store', guarantee: 'exactly_once_v2' }),
  'streams-heap-alo': streams({ topology: 'panes', panes: 'heap', guarantee: 'at_least_once' }),
  'streams-heap-eos': streams({ topology: 'panes', panes: 'heap', guarantee: 'exactly_once_v2' }),
  tactus,
};

/** Tactus on points of other kinds than the gauges that everybody gets. */
export const KINDS: readonly {
  readonly kind: PointKind;
  readonly contenders: Readonly<Record<string, Contender>>;
}[] = [
  { kind: 'first', contenders: { 'tactus-first-schema': tactus } },
  { kind: 'cumulative', contenders: { 'tactus-counters': tactus } },
  { kind: 'traced', contenders: { 'untraced-sampled': tactus, 'traced-sampled': tactusTraced } },
];

/** Those that run with more series too. */
export const SCALING: Readonly<Record<string, Contender>> = { 'streams-heap-eos': heapExactlyOnce, tactus };
