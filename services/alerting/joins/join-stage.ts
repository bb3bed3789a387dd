import type { Alert, WindowAggregate } from '../../../schemas/types.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { Stage, StepResult } from '../../../shared/core/stage.js';
import type { ValueDecoder, ValueEncoder } from '../../../shared/ports/codec.js';
import { eachValue, ownKey, RuleRun, type RuleRunOptions, writeAlerts } from '../alerts/alerting-stage.js';
import { type Joined, joinInput } from '../rules/condition.js';
import { type Rule, RuleIndex } from '../rules/rule.js';
import { Joiner, type JoinOutcome } from './joiner.js';

export interface JoinStageOptions extends Omit<RuleRunOptions<Joined>, 'kind'> {
  /** Those in force; asked for at each restore. */
  readonly rules: () => readonly Rule[];
  readonly decoder: ValueDecoder<WindowAggregate>;
  readonly encoder: ValueEncoder<Alert>;
  readonly joinWaitMs: number;
  readonly maxJoins: number;
  readonly joined: (outcome: JoinOutcome) => void;
}

/** State of one partition of `state.joins`. */
export interface JoinState {
  readonly run: RuleRun<Joined>;
  readonly index: RuleIndex;
  readonly joiner: Joiner;
  readonly rules: ReadonlyMap<string, Rule>;
  nextOffset: number;
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
      const joiner = new Joiner({
        waitMs: options.joinWaitMs,
        maxWaiting: options.maxJoins,
        outcome: options.joined,
        dropped: () => options.observer.dropped('joins'),
      });
      for (const [key, bytes] of saved.changelog) {
        const own = ownKey(saved.topic, key);
        if (own !== null) joiner.load(own, bytes, rules);
      }
      const run = new RuleRun({ ...options, kind: joinInput }, index.rules, saved);
      return { run, index, joiner, rules, nextOffset: saved.checkpoint?.offset ?? 0 };
    },
    checkpoint: (state) => ({ offset: state.nextOffset, metadata: '' }),
    step(state, batch, now): StepResult<JoinState> {
      const { run, index, joiner } = state;
      const refusals = eachValue(options.decoder, batch, (window) => {
        for (const rule of index.lookUp(window.window, window.tenantId, window.metric).rules)
          for (const joined of joiner.add(rule, window, now)) run.evaluate([rule], joined, now);
      });
      state.nextOffset = batch.nextOffset;
      if (batch.atEnd && batch.length === 0)
        for (const { rule, ready } of joiner.overdue(state.rules, now))
          for (const joined of ready) run.evaluate([rule], joined, now);
      run.sweep(now, batch.atEnd);
      const { transitions, changes } = run.drain();
      const outputs = writeAlerts(transitions, options.encoder, new OutputBatch());
      const waiting = joiner.drain().map(({ key, value }) => ({ key: `state.joins|${key}`, value }));
      return { state, refusals, outputs, changes: [...changes, ...waiting] };
    },
  };
}
