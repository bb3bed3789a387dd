import type { RuleConfig } from '../../../schemas/types.js';
import { recordingProblems } from '../../../shared/alerting/rules/recordings.js';
import { type Rule, tooMany } from '../../../shared/alerting/rules/rule.js';
import { ruleOf } from '../../../shared/alerting/rules/rule-config.js';
import { loadRules } from '../../../shared/alerting/rules/rules-file.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import { FollowedFile, FollowedValue, type ReloadOutcome } from '../../../shared/process/followed-value.js';
import type { Logger } from '../../../shared/process/logger.js';

/** The rules of `control.rules` by their id; null for one that is switched off. */
type TopicRules = ReadonlyMap<string, Rule | null>;

/** Names of rules in one line of the log. */
const MAX_NAMED = 50;
/** Rules of the topic, with those that are switched off. */
const MAX_RECORDS = 2_000;
/** Characters of what is said of one that is not in force. */
const MAX_REMARK = 300;

/**
 * The rules in force: those of the file, and those of `control.rules`, which win over one of the same name and
 * can switch it off. Both are followed while the worker runs.
 */
export class Rules {
  readonly #file;
  readonly #topic: FollowedValue<TopicRules>;
  readonly #inForce;
  /** Why records of the topic are not in force, by their ids. */
  readonly #refused = new Map<string, string>();

  /** Why recording rules are not in force beside the others, by their ids. */
  #conflicts: ReadonlyMap<string, string> = new Map();

  /** @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start. */
  constructor(
    path: string,
    log: Logger,
    reloaded: (source: 'file' | 'topic', outcome: ReloadOutcome) => void,
  ) {
    this.#file = new FollowedFile({
      path,
      load: loadRules,
      identity: ({ text }) => text,
      what: 'alert rules',
      log,
      reloaded: (outcome) => reloaded('file', outcome),
    });
    this.#topic = new FollowedValue<TopicRules>(new Map(), {
      what: 'other rules of control.rules',
      log,
      reloaded: (outcome) => reloaded('topic', outcome),
    });
    this.#inForce = new FollowedValue<readonly Rule[]>([], {
      what: 'alert rules',
      log,
      describe: (rules) => ({
        count: rules.length,
        rules: rules.slice(0, MAX_NAMED).map(({ name }) => name),
      }),
    });
    this.#unite();
    this.#file.onChange(() => this.#unite());
    this.#topic.onChange(() => this.#unite());
  }

  get current(): readonly Rule[] {
    return this.#inForce.current;
  }

  /** Goes up with each change. */
  get version(): number {
    return this.#inForce.version;
  }

  /** Follows the file until `signal` aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    await this.#file.follow(signal);
  }

  /**
   * A record of `control.rules`. One that is wrong is logged, counted and not in force, as if it were not
   * there; nor is the record before it, which a restart would not find again.
   */
  changed(id: string, config: RuleConfig | null): void {
    this.#refused.delete(id);
    const rules = new Map(this.#topic.current);
    const known = rules.delete(id);
    if (config === null && !known) return;
    try {
      if (rules.size >= MAX_RECORDS)
        throw new TactusError('TACTUS_CONFIG_INVALID', `at most ${MAX_RECORDS} records of rules are allowed`);
      if (config !== null) rules.set(id, config.enabled ? ruleOf({ ...config, id }) : null);
      const problem = config === null ? null : tooMany(rulesOf(rules));
      if (problem !== null) {
        rules.delete(id);
        throw new TactusError('TACTUS_CONFIG_INVALID', `rule "${id}": ${problem}`);
      }
    } catch (error) {
      // Any change has the partitions restore their state: where nothing was in force nothing changes.
      this.#topic.refuse(error, known ? rules : undefined);
      if (this.#refused.size < MAX_RECORDS) this.#refused.set(id, messageOf(error).slice(0, MAX_REMARK));
      return;
    }
    this.#topic.change(rules);
  }

  /** What is to be known of the records of the topic: which are not in force, and why. */
  get remarks(): string[] {
    const refused = [...this.#refused.values(), ...this.#conflicts.values()];
    return refused.map((why) => `not in force: ${why.slice(0, MAX_REMARK)}`);
  }

  #unite(): void {
    const topic = this.#topic.current;
    const ofFile = this.#file.current.rules.filter(({ name }) => !topic.has(name));
    const ofTopic = rulesOf(topic);
    const isOwn = ({ name, alertName }: Rule) => name !== alertName;
    // What a tenant makes for itself last: it puts nothing of others out of force.
    const all = [...ofFile, ...ofTopic.filter((rule) => !isOwn(rule)), ...ofTopic.filter(isOwn)];
    this.#conflicts = recordingProblems(all);
    this.#inForce.change(all.filter(({ name }) => !this.#conflicts.has(name)));
  }
}

function rulesOf(topic: TopicRules): Rule[] {
  return [...topic.values()].filter((rule) => rule !== null);
}
