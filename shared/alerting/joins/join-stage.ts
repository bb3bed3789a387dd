import type { Alert, WindowAggregate } from '../../../schemas/types.js';
import { OutputBatch } from '../../core/output-batch.js';
import type { Refusal, Stage, StepResult } from '../../core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../../ports/codec.js';
import type { NotedInput } from '../../windows/noted-input.js';
import {
  eachValue,
  ownKey,
  RuleRun,
  type RuleRunOptions,
  writeAlerts,
  writeRecorded,
} from '../alerts/alerting-stage.js';
import { type InputTimeOptions, notedInput } from '../alerts/input-time.js';
import { type Joined, joinInput } from '../rules/condition.js';
import { type JoinedMetric, type Rule, RuleIndex } from '../rules/rule.js';
import { type DecidedJoins, Joiner, type JoinOutcome } from './joiner.js';

export interface JoinStageOptions extends Omit<RuleRunOptions<Joined>, 'kind'> {
  /** Those in force; asked for at each restore. */
  readonly rules: () => readonly Rule[];
  readonly decoder: ValueDecoder<WindowAggregate>;
  readonly encoder: ValueEncoder<Alert>;
  readonly joinWaitMs: number;
  readonly maxJoins: number;
  readonly joined: (outcome: JoinOutcome) => void;
  readonly input: InputTimeOptions;
}

/** State of one partition of `state.joins`. */
export interface JoinState {
  readonly run: RuleRun<Joined>;
  readonly index: RuleIndex;
  readonly joiner: Joiner;
  /** Those that the time of the input is about, and those that look at what others record, which comes behind it. */
  readonly timed: ReadonlyMap<string, Rule>;
  readonly untimed: ReadonlyMap<string, Rule>;
  readonly input: NotedInput;
}

/**
 * Evaluates rules with several metrics on the windows that the stage on `windows` has forwarded.
 *
 * Two metrics of a tenant lie in different partitions of `windows`, but in one of `state.joins`, which is
 * keyed by tenant: so a join sees all its windows, each exactly once, whoever runs which partition.
 * Windows that wait for others are kept in the changelog beside the alerts.
 */
export function joinStage(options: JoinStageOptions): Stage<JoinState> {
  return {
    restore(saved) {
      const index = new RuleIndex(options.rules(), 'join');
      const rules = new Map(index.rules.map((rule) => [rule.name, rule]));
      const made = new Set(options.rules().flatMap(({ record }) => record?.metric ?? []));
      const [untimed, timed] = [true, false].map(
        (ofMade) =>
          new Map([...rules].filter(([, { metrics }]) => looksAt(made, metrics.values()) === ofMade)),
      ) as [Map<string, Rule>, Map<string, Rule>];
      const joiner = new Joiner({
        waitMs: options.joinWaitMs,
        graceOf: options.input.graceOf,
        maxWaiting: options.maxJoins,
        outcome: options.joined,
        dropped: (why) => options.observer.dropped(why === 'full' ? 'joins' : 'tenant'),
      });
      for (const [key, bytes] of saved.changelog) {
        const own = ownKey(saved.topic, key);
        if (own !== null) joiner.load(own, bytes, rules);
      }
      const input = notedInput('state.joins', options.input, saved);
      const run = new RuleRun({ ...options, kind: joinInput }, index.rules, saved, input.time);
      return { run, index, joiner, timed, untimed, input };
    },
    checkpoint: (state) => state.input.checkpoint(),
    atOnce: ({ index }) => index.atOnce,
    step(state, batch, now): StepResult<JoinState> {
      const { run, index, joiner, input } = state;
      const evaluate = (decided: readonly DecidedJoins[]) => {
        for (const { rule, ready } of decided) for (const joined of ready) run.evaluate([rule], joined, now);
      };
      const refusals: Refusal[] = [];
      input.take(batch, now, {
        records(from, to) {
          const add = (window: WindowAggregate) => {
            for (const rule of index.lookUp(window.window, window.tenantId, window.metric).rules) {
              const timed = input.time !== null && state.timed.has(rule.name);
              evaluate([{ rule, ready: joiner.add(rule, window, now, timed) }]);
            }
          };
          refusals.push(...eachValue(options.decoder, batch, add, from, to));
        },
        timed: (time) => evaluate(joiner.passed(state.timed, time)),
      });
      if (batch.atEnd && batch.length === 0) {
        evaluate(joiner.overdue(state.untimed, now));
        if (input.time === null) evaluate(joiner.overdue(state.timed, now));
      }
      run.sweep(now, batch.atEnd, input.time);
      const { transitions, changes, recorded } = run.drain();
      const outputs = writeAlerts(transitions, options.encoder, new OutputBatch());
      writeRecorded(recorded, options.recordings, outputs);
      const waiting = joiner.drain().map(({ key, value }) => ({ key: `state.joins|${key}`, value }));
      return { state, refusals, outputs, changes: [...changes, ...waiting] };
    },
  };
}

function looksAt(made: ReadonlySet<string>, metrics: Iterable<JoinedMetric>): boolean {
  return [...metrics].some(({ metric }) => made.has(metric));
}
