import type { RuleConfig } from '../../../schemas/types.js';
import { messageOf } from '../../../shared/core/errors.js';
import { followFile } from '../../../shared/process/followed-file.js';
import type { Logger } from '../../../shared/process/logger.js';
import type { Rule } from './rule.js';
import { ruleOf } from './rule-config.js';
import { loadRules } from './rules-file.js';

/** Is told of changes of configuration, for metrics. */
export type Reloaded = (source: 'file' | 'topic', outcome: 'changed' | 'refused') => void;

/**
 * The rules in force: those of the file, and those of `control.rules`, which win over one of the same name and
 * can switch it off. Both are followed while the worker runs.
 */
export class Rules {
  #file: ReturnType<typeof loadRules>;
  readonly #topic = new Map<string, Rule | null>();
  #current: readonly Rule[] = [];
  #version = 0;

  /** @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start. */
  constructor(
    private readonly path: string,
    private readonly log: Logger,
    private readonly reloaded: Reloaded,
  ) {
    this.#file = loadRules(path);
    this.#unite();
  }

  get current(): readonly Rule[] {
    return this.#current;
  }

  /** Goes up with each change. */
  get version(): number {
    return this.#version;
  }

  /** Follows the file until `signal` aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    if (this.path === '') return;
    const file = {
      load: () => loadRules(this.path),
      identity: ({ text }: { text: string }) => text,
      changed: (found: ReturnType<typeof loadRules>) => {
        this.#file = found;
        this.#unite();
        this.reloaded('file', 'changed');
      },
      refused: (problem: string, error: unknown) => {
        this.log.error({ error }, `keeping the alert rules in force: ${problem}`);
        this.reloaded('file', 'refused');
      },
    };
    await followFile(file, this.#file, signal);
  }

  /**
   * A record of `control.rules`. One that is wrong is logged, counted and not in force, as if it were not
   * there; nor is the record before it, which a restart would not find again.
   */
  changed(id: string, config: RuleConfig | null): void {
    const known = this.#topic.delete(id);
    if (config === null && !known) return;
    let outcome: 'changed' | 'refused' = 'changed';
    try {
      if (config !== null) this.#topic.set(id, config.enabled ? ruleOf({ ...config, id }) : null);
    } catch (error) {
      this.log.error({ error, id }, `a rule of control.rules is not in force: ${messageOf(error)}`);
      outcome = 'refused';
    }
    this.#unite();
    this.reloaded('topic', outcome);
  }

  #unite(): void {
    const own = [...this.#topic.values()].filter((rule) => rule !== null);
    this.#current = [...this.#file.rules.filter(({ name }) => !this.#topic.has(name)), ...own];
    this.#version += 1;
    this.log.info({ rules: this.#current.map(({ name }) => name) }, `${this.#current.length} alert rules`);
  }
}
