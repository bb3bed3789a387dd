import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { brokerName } from '../../services/up/embedded/kafka.js';
import { messageOf } from '../../shared/core/errors.js';
import { Findings } from '../integrity/findings.js';
import { reconcile } from '../integrity/pipeline/reconcile.js';
import { problemsOf } from '../integrity/pipeline/report-problems.js';
import { type Random, randomOf } from '../integrity/random.js';
import { partitionsOf } from '../integrity/read-topic.js';
import { onSite } from '../integrity/run.js';
import type { Site } from '../integrity/site.js';
import { allClosed } from '../integrity/windowing.js';
import { notifiedIn } from '../support/notified.js';
import { until } from '../support/until.js';
import { FullDisks } from './full-disks.js';
import { inflict, type Scene } from './inflict.js';
import { growthOf, MEMORY_BOUND } from './memory.js';
import { Network } from './network/network.js';
import { partsOf } from './parts.js';
import { type Pipeline, startPipeline, workerNames } from './pipeline.js';
import { type Fault, nameOf, randomFaults } from './plan.js';
import type { Recovery } from './recovery.js';
import { Senders } from './senders.js';
import { faultRows, type Inflicted, markdownTable, summaryTable, textTable } from './table.js';
import { probeMetrics, Traffic } from './traffic.js';
import { verify } from './verify.js';
import { Watch } from './watch.js';

export interface FaultRun {
  /** Those that come once, in this order. */
  readonly once: readonly Fault[];
  /** Those that come at random after that. */
  readonly random: readonly Fault[];
  readonly randomMs: number;
  readonly seed: number;
  /** Points per second. */
  readonly rate: number;
  /** How old outputs may be, in seconds. */
  readonly freshS: number;
  /** Short faults, of which the next begins before the last has ended. */
  readonly short: boolean;
  /** With namespaces: a link and a disk for each. */
  readonly namespaces: boolean;
  readonly markdown: string | null;
  readonly say: (line: string) => void;
}

const BROKERS = [1, 2, 3].map(brokerName);
const SERVERS = [...BROKERS, 'registry', 'database', 'redis'];
const START_MS = 180_000;
/** For everything to be fresh again after a fault. */
const RECOVER_MS = { long: 180_000, short: 120_000 };
/** Without anything too old for so long, it is fresh again: what a fault's end breaks has shown by then. */
const CALM_MS = { long: 6_000, short: 1_500 };
/** As many records as points in so many seconds may be left to read: each makes several windows, which several sinks read. How old outputs may be is seen apart. */
const LAG_S = 60;
/** What is known to happen every few seconds must have come through in each stretch of so long at least. */
const PART_MS = 20_000;
/** From one short fault's beginning to the next. */
const SHORT_APART_MS = 2_500;
/** Of what was behind last. */
const SHOWN = 3;
const REST_MS = 180_000;
/** Looks at half a second each. */
const QUIET_LOOKS = 6;
const LOOK_MS = 500;
const RECONCILE_S = 240;
/** Before the first point and after the last, for those with clocks behind and ahead. */
const MARGIN_MS = { before: 1_000_000, after: 70_000 };
/** Fewer do not show a share of one in ten thousand. */
const GOAL = { share: 0.9999, requests: 10_000 };

/** @returns true when nothing deviates */
export async function runFaults(options: FaultRun): Promise<boolean> {
  const { say, seed, rate } = options;
  say(`faults: seed ${seed}, ${rate} points/s`);
  const network = options.namespaces ? await Network.create() : null;
  for (const name of [...SERVERS, ...workerNames()]) await network?.add(name);
  let disks: FullDisks | null = null;
  const prepare = async (folder: string) => {
    if (options.namespaces) disks = await FullDisks.mount(folder, SERVERS);
    return async () => void (await disks?.unmount());
  };
  const places =
    network === null ? {} : Object.fromEntries(SERVERS.map((name) => [name, network.place(name)]));
  const site = { seed, rate, say, brokers: BROKERS.length, places, prepare };
  return await onSite(['kafka', 'registry', 'redis', 'database'], site, async (site) => {
    const pipeline = await startPipeline(site, network);
    const killAll = () => {
      for (const worker of pipeline.workers) worker.killNow();
    };
    // Those that stand still would outlive a run that is broken off.
    process.once('exit', killAll);
    try {
      return await new Trial(options, site, pipeline, network, disks).run();
    } finally {
      killAll();
      process.off('exit', killAll);
      for (const worker of pipeline.workers) worker.writeLogs(site.stack.logs);
      await pipeline.receiver.stop();
    }
  });
}

/** What was behind, and when that was known. */
interface Look {
  readonly at: number;
  readonly bad: readonly string[];
}

class Trial {
  readonly #findings = new Findings();
  /** The last look at what is behind, and when it began. */
  #look: { readonly beganAt: number; readonly found: Promise<Look> } | null = null;
  readonly #random: Random;
  readonly #inflicted: Inflicted[] = [];

  constructor(
    private readonly options: FaultRun,
    private readonly site: Site,
    private readonly pipeline: Pipeline,
    private readonly network: Network | null,
    private readonly disks: FullDisks | null,
  ) {
    this.#random = randomOf(options.seed + 1);
  }

  async run(): Promise<boolean> {
    const { site, pipeline, options } = this;
    const { say, client, stack } = site;
    const { workers, receiver, keys } = pipeline;
    const metrics = probeMetrics((await partitionsOf(client, 'metrics')).length);
    await until('all workers to be ready', () => this.#allReady(), START_MS);
    const gateways = workers.filter(({ kind }) => kind === 'gateway');
    const senders = new Senders(keys, () => gateways.map((each) => each.gateway));
    const began = Date.now();
    const traffic = new Traffic(senders, options.rate, randomOf(options.seed), metrics);
    const watch = new Watch(receiver, stack.env.DATABASE_URL, metrics, workers, options.freshS * 1_000);
    try {
      await until(`everything to be fresh`, () => watch.stale.length === 0, START_MS).catch((error) => {
        throw new Error(`${messageOf(error)}; not fresh: ${watch.stale.join(', ')}`);
      });
      say(`${this.#at(began)}  everything is fresh`);
      await this.#inflictAll(traffic, watch, began);
    } finally {
      traffic.stop();
      watch.stop();
    }
    const faultsEnd = Date.now();
    await senders.drain();
    const ended = Date.now();
    await this.#settle();
    await this.#reconcile(began, ended);
    await Promise.all(workers.map((worker) => worker.stop()));
    const parts = partsOf(
      this.#inflicted.map(({ beganAt }) => beganAt),
      faultsEnd,
      PART_MS,
    );
    const lines = await verify({
      ...{ client, stack, traffic, metrics, faultsEnd, findings: this.#findings, parts },
      notified: receiver.posts.map(notifiedIn),
    });
    lines.push(
      `traffic: ${traffic.points} points made, ${traffic.deliberatelyLate} meant to be late, ${traffic.skewedPoints} with a wrong clock, ${senders.skipped} requests not sent`,
    );
    return this.#report(senders, [...lines, ...this.#memoryLines()]);
  }

  async #inflictAll(traffic: Traffic, watch: Watch, began: number): Promise<void> {
    const { options, site, pipeline, network, disks } = this;
    const scene: Scene = {
      ...{ workers: pipeline.workers, servers: site.stack.servers, cluster: site.cluster },
      ...{ prefix: site.client.prefix, traffic, network, disks, random: this.#random, short: options.short },
    };
    if (options.short) {
      // Side by side, for there is no time to let each recover by itself.
      const apart = async (fault: Fault, i: number) => {
        await pause(i * SHORT_APART_MS);
        await this.#one(fault, scene, watch, began);
      };
      await Promise.all(options.once.map(apart));
    } else for (const fault of options.once) await this.#one(fault, scene, watch, began);
    const until = Date.now() + options.randomMs;
    for (const fault of randomFaults(options.random, this.#random)) {
      if (Date.now() >= until) break;
      await this.#one(fault, scene, watch, began);
    }
  }

  async #one(fault: Fault, scene: Scene, watch: Watch, began: number): Promise<void> {
    const surprises = () => this.pipeline.workers.flatMap((worker) => worker.surprises);
    const before = surprises().length;
    const at = this.#at(began);
    let [beganAt, endedAt] = [Date.now(), Date.now()];
    const problems: string[] = [];
    let what: string;
    try {
      ({ what, beganAt, endedAt } = await inflict(fault, scene));
    } catch (error) {
      endedAt = Date.now();
      what = 'could not be inflicted';
      problems.push(messageOf(error));
    }
    const { backAt, missing } = await this.#recovered(watch, beganAt, endedAt);
    if (backAt === null) problems.push(`not back within ${this.#recoverMs / 1_000} s: ${missing}`);
    problems.push(...surprises().slice(before));
    const problem = problems.length === 0 ? null : problems.join('; ');
    if (problem !== null) this.#findings.add('faults', `${nameOf(fault)} at ${at}: ${problem}`);
    this.#inflicted.push({ ...fault, beganAt, endedAt, backAt, problem });
    const last = missing === '' ? '' : ` (last: ${missing.split(', ', SHOWN).join(', ')})`;
    const back = backInWords({ beganAt, endedAt, backAt }) + (backAt === null ? '' : last);
    this.site.say(`${at}  ${nameOf(fault)}: ${what}; ${back}${problem === null ? '' : `; ${problem}`}`);
  }

  /** When everything was fresh again and all workers were ready and had caught up. */
  async #recovered(
    watch: Watch,
    beganAt: number,
    endedAt: number,
  ): Promise<{ backAt: number | null; missing: string }> {
    const calm = this.options.short ? CALM_MS.short : CALM_MS.long;
    const deadline = Date.now() + this.#recoverMs;
    let lastBad = Number.NEGATIVE_INFINITY;
    let missing = '';
    for (;;) {
      const { at: now, bad } = await this.#lookAtAll();
      const reasons = [...watch.stale, ...bad];
      if (reasons.length > 0) {
        lastBad = now;
        missing = reasons.join(', ');
      }
      const { staleAt } = watch.freshness;
      const since = Math.max(lastBad, staleAt);
      if (now - Math.max(since, endedAt) >= calm)
        // What was never late since it began was not felt.
        return { backAt: since >= beganAt ? Math.max(since, beganAt) : beganAt, missing };
      if (now > deadline) return { backAt: null, missing };
      await pause(LOOK_MS);
    }
  }

  /** Those that wait for their recoveries at the same time look together: it costs the workers as much as their work. */
  #lookAtAll(): Promise<Look> {
    const now = Date.now();
    if (this.#look === null || now - this.#look.beganAt >= LOOK_MS)
      this.#look = { beganAt: now, found: this.#behind().then((bad) => ({ at: Date.now(), bad })) };
    return this.#look.found;
  }

  /** Workers that are not ready or lag, and a partition of a cluster that is not whole. Starts servers that have ended. */
  async #behind(): Promise<string[]> {
    const { cluster, stack } = this.site;
    for (const server of [...stack.brokers, ...Object.values(stack.servers)])
      if (server.pid === undefined) await server.start().catch(() => undefined);
    const lacking = cluster.lacking().then(
      (state) => (state === undefined ? null : `${state.topic}[${state.partition}] is not whole`),
      (error) => messageOf(error),
    );
    const looks = await Promise.all([
      lacking,
      ...this.pipeline.workers.map(async (worker) => {
        if (!(await worker.isReady())) return `${worker.name} is not ready`;
        const lag = await worker.lag();
        return (lag ?? 0) > LAG_S * this.options.rate ? `${worker.name} lags by ${lag}` : null;
      }),
    ]);
    return looks.flatMap((look) => look ?? []);
  }

  async #allReady(): Promise<boolean> {
    return (await Promise.all(this.pipeline.workers.map((worker) => worker.isReady()))).every(Boolean);
  }

  /** All is read, and all windows are closed. */
  async #settle(): Promise<void> {
    const began = Date.now();
    let quiet = 0;
    try {
      await this.site.cluster.whole();
      await until(
        'all workers to be ready with nothing left to read',
        async () => {
          await pause(LOOK_MS);
          const lags = await Promise.all(this.pipeline.workers.map((worker) => worker.lag()));
          const idle = lags.every((lag) => lag === 0) && (await this.#allReady());
          quiet = idle ? quiet + 1 : 0;
          if (!idle) throw new Error(this.pipeline.workers.map(({ name }, i) => `${name} ${lags[i]}`).join());
          return quiet >= QUIET_LOOKS;
        },
        REST_MS,
      );
      await allClosed(this.site);
      this.site.say(`at rest ${((Date.now() - began) / 1_000).toFixed(1)} s after the last request`);
    } catch (error) {
      this.#findings.add('workers restless', messageOf(error));
    }
  }

  async #reconcile(began: number, ended: number): Promise<void> {
    const { env } = this.pipeline;
    const [from, to] = [began - MARGIN_MS.before, ended + MARGIN_MS.after].map((at) =>
      new Date(at).toISOString(),
    ) as [string, string];
    const { report, output } = await reconcile(env, from, to, RECONCILE_S);
    if (report === null) this.site.say(output);
    for (const problem of problemsOf(report)) this.#findings.add('reconciliation', problem);
    if (report !== null)
      this.site.say(
        `reconcile: completeness ${report.completeness}, accuracy ${report.accuracy}, ${report.lines.reduce((sum, { windows }) => sum + windows.written, 0)} windows`,
      );
  }

  #memoryLines(): string[] {
    const lines = this.pipeline.workers.flatMap(({ name, memory }) => {
      const growths = memory.flatMap((samples) => growthOf(samples) ?? []);
      const longest = growths.at(-1);
      for (const { problem } of growths)
        if (problem !== null) this.#findings.add('memory', `${name}: ${problem}`);
      return longest === undefined
        ? []
        : [
            `  ${name.padEnd(12)} heap ${longest.from.toFixed(0)} to ${longest.to.toFixed(0)} MiB, resident ${longest.resident.toFixed(0)} MiB at most`,
          ];
    });
    return lines.length === 0 ? [] : [`memory (${MEMORY_BOUND}):`, ...lines];
  }

  #report(senders: Senders, lines: readonly string[]): boolean {
    const { options, site, pipeline } = this;
    const findings = this.#findings;
    const { availability } = senders;
    for (const refused of senders.refused) findings.add('requests refused for good', refused);
    for (const surprise of pipeline.workers.flatMap(({ surprises }) => surprises))
      findings.add('workers surprising', surprise);
    if (availability.requests >= GOAL.requests && availability.share < GOAL.share)
      findings.add(
        'availability',
        `${(100 * availability.share).toFixed(4)} %, should be ${100 * GOAL.share} %`,
      );
    const rows = faultRows(this.#inflicted);
    if (options.markdown !== null)
      writeFileSync(
        options.markdown,
        [...summaryTable(this.#inflicted), '', ...markdownTable(rows), '', availability.line(), ''].join(
          '\n',
        ),
      );
    for (const line of [...textTable(rows), '', availability.line(), ...lines]) site.say(line);
    for (const line of findings.lines()) site.say(`  ${line}`);
    const sound = findings.total === 0;
    site.say(
      sound
        ? 'the pipeline stands all of it: nothing deviates'
        : `${findings.total} deviations; again with --seed ${options.seed}`,
    );
    return sound;
  }

  get #recoverMs(): number {
    return this.options.short ? RECOVER_MS.short : RECOVER_MS.long;
  }

  #at(began: number): string {
    return `${((Date.now() - began) / 1_000).toFixed(0).padStart(5)} s`;
  }
}

function backInWords({ beganAt, endedAt, backAt }: Recovery): string {
  if (backAt === null) return 'NOT back';
  if (backAt === beganAt) return 'not felt';
  return backAt < endedAt ? 'back before its end' : `back ${((backAt - endedAt) / 1_000).toFixed(1)} s after`;
}
