import type { IconName } from '../../parts/icon.js';
import type { Tone } from '../../parts/tone.js';
import { figure } from '../../time/format.js';
import {
  bottleneckOf,
  type FlowNode,
  HEALTHS,
  lagOf,
  type Pipeline,
  type Pressure,
  pressureOf,
  rateText,
  readRateOf,
  secondsText,
} from './flow.js';

/** What a node says of itself. */
export interface NodeText {
  readonly tone: Tone;
  readonly icon: IconName | null;
  /** The rate, or what is wrong. */
  readonly state: string;
  readonly lag: string;
  readonly pressure: Pressure;
  readonly isBottleneck: boolean;
  /** What colours and icons say, for those who do not see them. */
  readonly description: string;
}

const ICONS: Readonly<Record<Tone, IconName>> = {
  ok: 'check',
  plain: 'more',
  warn: 'warning',
  bad: 'blocked',
  accent: 'more',
};

export function textOf({ kind, name }: FlowNode, pipeline: Pipeline, isCritical: boolean): NodeText {
  const waits = isCritical ? ['the watermark waits here'] : [];
  const plain = { tone: 'plain', icon: null, lag: '', pressure: 'none', isBottleneck: false } as const;
  const worker = pipeline.workers.find((one) => one.worker === name);
  if (kind === 'topic' || worker === undefined) {
    const topic = pipeline.topics.find((one) => one.topic === name);
    const state = perSecond(topic?.writtenPerSecond ?? null) ?? '';
    return { ...plain, state, description: ['topic', ...waits].join(', ') };
  }
  const { tone, text } = HEALTHS[worker.health];
  const { records, seconds } = lagOf(worker);
  const isBottleneck = bottleneckOf(pipeline) === name;
  const lag = records === null ? '' : `${figure(records)} · ${secondsText(seconds)}`;
  return {
    ...{ tone, icon: ICONS[tone], pressure: pressureOf(worker), isBottleneck },
    state: tone === 'ok' ? (perSecond(readRateOf(worker)) ?? text) : text,
    lag: lag === '' ? '' : isBottleneck ? `bottleneck ${lag}` : `lag ${lag}`,
    description: [
      `worker, ${text}`,
      ...(records === null ? [] : [`lag ${records} records, ${secondsText(seconds)}`]),
      ...waits,
    ].join(', '),
  };
}

const perSecond = (rate: number | null): string | null => (rate === null ? null : `${rateText(rate)}/s`);
