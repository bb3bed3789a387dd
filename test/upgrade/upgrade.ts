import { setTimeout as pause } from 'node:timers/promises';
import type { ServerName } from '../../services/up/embedded/stack.js';
import { Findings } from '../integrity/findings.js';
import { type Random, randomOf } from '../integrity/random.js';
import { onSite } from '../integrity/run.js';
import type { Site } from '../integrity/site.js';
import { PROGRAM, runTactus } from '../support/command-line.js';
import { type Build, buildOf } from './build.js';
import { add, type Fleet, killOne, remove, type Side } from './fleet.js';
import { Gateways, hasGateway } from './gateways.js';
import type { UpgradeOptions } from './options.js';
import type { Part } from './part.js';
import { Pipeline } from './pipeline.js';

/** While both builds run. */
const KILLS = 2;

export interface UpgradeRun extends UpgradeOptions {
  readonly say: (line: string) => void;
}

/**
 * An installation under a steady load while its workers are exchanged for those of another build.
 *
 * @returns true when nothing is lost, nothing is doubled and nothing is late without cause
 */
export async function runUpgrade(options: UpgradeRun): Promise<boolean> {
  const { say, seed, parts } = options;
  const build = await buildOf(options.from, say);
  say(`from ${build.commit.slice(0, 12)}, seed ${seed}${options.stopAll ? ', all at once' : ''}`);
  const servers: ServerName[] = ['kafka', 'registry', 'redis'];
  if (parts.includes('pipeline')) servers.push('database');
  return await onSite(servers, options, async (site) => {
    const findings = new Findings();
    const random = randomOf(seed);
    const installation = new Installation(site, build, options, findings, random, [
      ...(parts.includes('pipeline') ? [await Pipeline.prepare(site, build, options, random, findings)] : []),
      ...(parts.includes('gateway') && hasGateway(build)
        ? [await Gateways.prepare(site, build, options, findings)]
        : []),
    ]);
    return await installation.run();
  });
}

class Installation {
  readonly #began = Date.now();
  readonly #fleets: readonly Fleet[];

  constructor(
    private readonly site: Site,
    private readonly build: Build,
    private readonly options: UpgradeRun,
    private readonly findings: Findings,
    private readonly random: Random,
    private readonly parts: readonly Part[],
  ) {
    this.#fleets = parts.flatMap(({ fleets }) => fleets);
  }

  async run(): Promise<boolean> {
    const { options, parts, findings, site } = this;
    await this.#setUp('old');
    await this.#startAll('old');
    for (const part of parts) await part.begin();
    await this.#last('only the old build');
    await (options.stopAll ? this.#allAtOnce() : this.#oneByOne());
    await this.#last('only the new build');
    const lines: string[] = [];
    for (const part of parts)
      try {
        lines.push(...(await part.settle()));
      } catch (error) {
        findings.add('workers restless', String(error));
      }
    this.#say('all is read and stored');
    await Promise.all(this.#fleets.map((fleet) => fleet.new.stopAll()));
    for (const part of parts) lines.push(...(await part.verify()));
    for (const { surprises } of this.#fleets.flatMap((fleet) => [fleet.old, fleet.new]))
      for (const surprise of surprises) findings.add('workers surprising', surprise);
    for (const line of [...lines, ...findings.lines().map((line) => `  ${line}`)]) site.say(line);
    site.say(
      findings.total === 0
        ? 'the upgrade is exact: nothing deviates'
        : `the upgrade is NOT exact: ${findings.total} deviations; again with --seed ${site.seed}`,
    );
    return findings.total === 0;
  }

  /** Under load to the other build, back, and once more. */
  async #oneByOne(): Promise<void> {
    await this.#exchange('old', 'new', 'on the way to the new one');
    await this.#last('only the new build');
    await this.#exchange('new', 'old', 'on the way back');
    await this.#last('only the old build again');
    await this.#exchange('old', 'new', 'on the way to the new one again');
  }

  async #exchange(from: Side, to: Side, what: string): Promise<void> {
    await this.#setUp(to);
    await add(this.#fleets, to);
    await this.#last(`both builds, ${what}`, KILLS);
    await remove(this.#fleets, from, this.random);
    for (let left = this.options.workers - 1; left > 0; left--) {
      await add(this.#fleets, to);
      await remove(this.#fleets, from, this.random);
    }
  }

  /** From one build to the other and, where that is asked for, back and once more. */
  async #allAtOnce(): Promise<void> {
    await this.#stopAndStart('old', 'new');
    if (!this.options.back) return;
    await this.#last('only the new build');
    await this.#stopAndStart('new', 'old');
    await this.#last('only the old build again');
    await this.#stopAndStart('old', 'new');
  }

  async #stopAndStart(from: Side, to: Side): Promise<void> {
    await Promise.all(this.#fleets.map((fleet) => fleet[from].stopAll()));
    this.#say(`all of the ${from} build has stopped`);
    for (const part of this.parts) part.turnsTo(to);
    await this.#setUp(to);
    await this.#startAll(to);
    this.#say(`all of the ${to} build has started`);
  }

  async #setUp(side: Side): Promise<void> {
    for (const { setUp, env } of this.parts) {
      const known = side === 'old' ? await this.build.known(env) : env;
      for (const args of setUp) {
        const done = await runTactus(args, known, side === 'old' ? this.build.program : PROGRAM);
        const what = `${args.join(' ')} of the ${side} build`;
        if (done.code !== 0) throw new Error(`${what} ended with ${done.code}: ${done.stderr}`);
        const said = done.stdout.trim().split('\n');
        this.#say(`${what}: ${said.length > 2 ? `${said.length} lines` : said}`);
      }
    }
  }

  async #startAll(side: Side): Promise<void> {
    for (let i = 0; i < this.options.workers; i++) await add(this.#fleets, side);
  }

  /** Lets it be as it is for a while, some workers killed meanwhile. */
  async #last(what: string, kills = 0): Promise<void> {
    this.#say(what);
    const each = (this.options.seconds * 1_000) / (kills + 1);
    for (let i = 0; i < kills; i++) {
      await pause(each);
      this.#say(await killOne(this.#fleets, this.random));
    }
    await pause(each);
  }

  #say(line: string): void {
    const seconds = ((Date.now() - this.#began) / 1_000).toFixed(0).padStart(4);
    this.site.say(`${seconds} s  ${line}`);
  }
}
