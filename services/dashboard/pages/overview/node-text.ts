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
  readRateOf,
  secondsText,
} from './flow.js';

/** What a node says of itself. */
export interface NodeText {
  readonly tone: Tone;
  readonly icon: IconName | null;
  readonly health: string | null;
  readonly rate: string | null;
  readonly lag: string | null;
  readonly pressure: Pressure;
  readonly isBottleneck: boolean;
  /** All of it, for those who do not see it. */
  readonly label: string;
}

const ICONS: Readonly<Record<Tone, IconName>> = {
  ok: 'check',
  plain: 'more',
  warn: 'warning',
  bad: 'blocked',
  accent: 'more',
};

export function textOf({ kind, name }: FlowNode, pipeline: Pipeline): NodeText {
  if (kind === 'topic') {
    const topic = pipeline.topics.find((one) => one.topic === name);
    const rate = perSecond(topic?.writtenPerSecond ?? null);
    return {
      ...{ tone: 'plain', icon: null, health: null, rate, lag: null, pressure: 'none', isBottleneck: false },
      label: [`${name}, topic`, rate ?? 'rate not known yet'].join(', '),
    };
  }
  const worker = pipeline.workers.find((one) => one.worker === name);
  if (worker === undefined)
    return {
      ...{ tone: 'plain', icon: null, health: null, rate: null, lag: null, pressure: 'none' },
      ...{ isBottleneck: false, label: name },
    };
  const { tone, text } = HEALTHS[worker.health];
  const { records, seconds } = lagOf(worker);
  const rate = perSecond(readRateOf(worker));
  const lag = records === null ? null : `${figure(records)} · ${secondsText(seconds)}`;
  const isBottleneck = bottleneckOf(pipeline) === name;
  return {
    ...{ tone, icon: ICONS[tone], health: text, rate, lag, pressure: pressureOf(worker), isBottleneck },
    label: [
      `${name}, worker, ${text}`,
      ...(rate === null ? [] : [`reads ${rate}`]),
      ...(records === null ? [] : [`lag ${records} records, ${secondsText(seconds)}`]),
      ...(isBottleneck ? ['the bottleneck'] : []),
    ].join(', '),
  };
}

const perSecond = (rate: number | null): string | null =>
  rate === null ? null : `${figure(rate < 10 ? Number(rate.toFixed(1)) : Math.round(rate))}/s`;
