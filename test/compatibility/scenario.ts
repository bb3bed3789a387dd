import { staticCodecs } from '../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../shared/core/array-batch.js';
import type { OutputBatch } from '../../shared/core/output-batch.js';
import type { Checkpoint, Stage, StateChange } from '../../shared/core/stage.js';
import type { TopicName } from '../../topics/names.js';

export const codecs = staticCodecs();

/** Start of event time in the scenarios. */
export const START = 1_700_000_000_000;

/** A record as a stage wrote it; Avro values as what they say, so that a schema may gain fields. */
export interface Written {
  readonly topic: string;
  readonly key: string | null;
  readonly value: unknown;
}

/** An entry of a changelog, in the order of writing: the key, and the value in base64 or null. */
export type Entry = readonly [key: string, value: string | null];

/** What one version has committed, and what it made of the records after that. */
export interface Fixture {
  readonly checkpoint: Checkpoint;
  readonly changelog: readonly Entry[];
  readonly before: readonly Written[];
  readonly after: { readonly outputs: readonly Written[]; readonly changes: readonly Entry[] };
}

/** A few records, or none for a clock tick, and the worker's clock at that moment. */
export interface Step {
  readonly now: number;
  readonly records: readonly { readonly value: Buffer; readonly timestamp?: number }[];
}

/** A stage whose state goes through a commit and a restart. */
export interface Scenario {
  readonly name: string;
  readonly input: TopicName;
  /** As a worker that has just started has it. */
  readonly open: () => Stage<unknown>;
  /** Up to the commit. */
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  /** What it has sent by other ways than its outputs; emptied after each step. */
  readonly reported?: Written[];
  /** Its floating-point state may differ in the last bit between engines: bytes are compared another way. */
  readonly inexact?: boolean;
  /** Topics that versions of before did not write to; what goes there is left out. */
  readonly later?: readonly TopicName[];
  /** What of an output is as a version of before had it; the rest may be found better since. All of it if this is left out. */
  readonly lasting?: (output: Written) => unknown;
}

/** Lets a stage of any state stand in a {@link Scenario}. */
export function anyStage<State>(stage: Stage<State>): Stage<unknown> {
  return stage as unknown as Stage<unknown>;
}

/** What is committed at the end of the first part. */
export function commit(scenario: Scenario): Omit<Fixture, 'after'> {
  const { open, input, before } = scenario;
  const stage = open();
  const state = stage.restore({ topic: input, partition: 0, checkpoint: null, changelog: new Map() });
  const { outputs, changes } = run(scenario, stage, state, before, 0);
  return { checkpoint: stage.checkpoint(state), changelog: changes, before: outputs };
}

/** Restores what was committed and goes on, first through the records that have to be read again. */
export function goOn(scenario: Scenario, committed: Omit<Fixture, 'after'>): Fixture['after'] {
  const { open, input, before, after } = scenario;
  const { checkpoint } = committed;
  const changelog = committed.changelog.map(
    ([key, value]): StateChange => ({ key, value: value === null ? null : Buffer.from(value, 'base64') }),
  );
  const stage = open();
  const saved = { topic: input, partition: 0, checkpoint };
  const state = stage.restore({
    ...saved,
    changelog: stage.recall === undefined ? latest(changelog) : new Map(),
  });
  for (const change of changelog) stage.recall?.(state, change);
  let offset = 0;
  const again = before.flatMap(({ now, records }): Step[] => {
    const from = Math.max(0, checkpoint.offset - offset);
    offset += records.length;
    const left = records.slice(from);
    return left.length === 0 ? [] : [{ now, records: left }];
  });
  return run(scenario, stage, state, [...again, ...after], checkpoint.offset);
}

function run(
  { input, reported = [], later = [] }: Scenario,
  stage: Stage<unknown>,
  state: unknown,
  steps: readonly Step[],
  firstOffset: number,
) {
  const outputs: Written[] = [];
  const changes: Entry[] = [];
  let baseOffset = firstOffset;
  for (const { now, records } of steps) {
    const batch = arrayBatch({ topic: input, records, baseOffset });
    baseOffset = batch.nextOffset;
    const result = stage.step(state, batch, now);
    outputs.push(...written(result.outputs, later), ...reported.splice(0));
    for (const { key, value } of result.changes) changes.push([key, value?.toString('base64') ?? null]);
    for (const { index, code } of result.refusals)
      outputs.push({ topic: 'refused', key: `${index}`, value: code });
  }
  return { outputs, changes };
}

function written(outputs: OutputBatch, later: readonly TopicName[]): Written[] {
  return [...outputs]
    .filter(({ topic }) => !later.includes(topic))
    .map(({ topic, key, value }) => ({
      topic,
      key: key === null ? null : key.toString(),
      value: codecs.decoder(topic).decode(value),
    }));
}

function latest(changes: readonly StateChange[]): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const { key, value } of changes)
    if (value === null) found.delete(key);
    else found.set(key, value);
  return found;
}
