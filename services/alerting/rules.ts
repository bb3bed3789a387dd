import type { RuleConfig } from '../../schemas/types.js';
import { messageOf } from '../../shared/core/errors.js';
import type { Logger } from '../../shared/runtime/logger.js';
import { sleep } from '../../shared/runtime/wait.js';
import type { Rule } from './rule.js';
import { ruleOf } from './rule-config.js';
import { loadRules } from './rules-file.js';

/** How often the file is looked at: mounted configuration changes without any notice. */
const LOOK_EVERY_MS = 1_000;

/**
 * The rules in force: those of the file, and those of `control.rules`, which win over one of the same name and
 * can switch it off. Both are followed while the worker runs.
 */
export class Rules {
  #file: readonly Rule[];
  #text: string;
  readonly #topic = new Map<string, Rule | null>();
  #current: readonly Rule[] = [];
  #version = 0;
  #refused = '';

  /** @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start. */
  constructor(
    private readonly path: string,
    private readonly log: Logger,
    private readonly reloaded: (source: 'file' | 'topic', outcome: 'changed' | 'refused') => void,
  ) {
    const { rules, text } = loadRules(path);
    this.#file = rules;
    this.#text = text;
    this.#unite();
  }

  get current(): readonly Rule[] {
    return this.#current;
  }

  /** Goes up with each change. */
  get version(): number {
    return this.#version;
  }

  /** Looks at the file until `signal` aborts. A wrong file changes nothing, and is told once. */
  async follow(signal: AbortSignal): Promise<void> {
    while (this.path !== '' && !signal.aborted) {
      await sleep(LOOK_EVERY_MS, signal);
      this.#look();
    }
  }

  /**
   * A record of `control.rules`. One that is wrong is logged, counted and not in force, as if it were not
   * there; nor is the record before it, which a restart would not find again.
   */
  changed(id: string, config: RuleConfig | null): void {
    const known = this.#topic.delete(id);
    if (config === null && !known) return;
    try {
      if (config !== null) this.#topic.set(id, config.enabled ? ruleOf({ ...config, id }) : null);
      this.reloaded('topic', 'changed');
    } catch (error) {
      this.log.error({ error, id }, `a rule of control.rules is not in force: ${messageOf(error)}`);
      this.reloaded('topic', 'refused');
    }
    this.#unite();
  }

  #look(): void {
    try {
      const { rules, text } = loadRules(this.path);
      this.#refused = '';
      if (text === this.#text) return;
      this.#text = text;
      this.#file = rules;
    } catch (error) {
      const problem = messageOf(error);
      if (problem === this.#refused) return;
      this.#refused = problem;
      this.log.error({ error }, `keeping the alert rules in force: ${problem}`);
      this.reloaded('file', 'refused');
      return;
    }
    this.reloaded('file', 'changed');
    this.#unite();
  }

  #unite(): void {
    const own = [...this.#topic.values()].filter((rule) => rule !== null);
    this.#current = [...this.#file.filter(({ name }) => !this.#topic.has(name)), ...own];
    this.#version += 1;
    this.log.info({ rules: this.#current.map(({ name }) => name) }, `${this.#current.length} alert rules`);
  }
}
