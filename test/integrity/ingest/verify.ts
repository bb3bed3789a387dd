import type { StackEnv } from '../../../services/up/embedded/stack.js';
import type { PlainClient } from '../../support/plain-client.js';
import { Findings } from '../findings.js';
import { readBytes, readTopic } from '../read-topic.js';
import type { Outcome } from '../scenario.js';
import { ACROSS, BAD } from './records.js';

interface Letter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: Uint8Array | null;
  readonly error: string;
}

/** What the log of one input topic demands of its output. */
interface Demand {
  /** Of each key of the output, the values that must come, in this order. */
  readonly courses: Map<string, string[]>;
  /** Values whose id went to several partitions, with how often they came through. */
  readonly across: Map<string, number>;
  /** Of each invalid record by its place, the bytes. */
  readonly bad: Map<string, string>;
  records: number;
  repeated: number;
}

const TOPICS = [
  ['ingest.metrics', 'metrics'],
  ['ingest.events', 'events'],
] as const;

/** Holds `metrics`, `events` and `dlq`, as a new reader sees them, against the inputs. */
export async function verify(client: PlainClient, env: StackEnv): Promise<Outcome> {
  const findings = new Findings();
  const lines: string[] = [];
  const bad = new Map<string, string>();
  for (const [input, output] of TOPICS) {
    const demand = await demandOf(client, env, input);
    for (const [place, bytes] of demand.bad) bad.set(place, bytes);
    const found = await compare(client, env, output, demand, findings);
    const wanted = [...demand.courses.values()].reduce((sum, course) => sum + course.length, 0);
    const through = [...demand.across.values()];
    lines.push(
      `${input}: ${demand.records} records, ${demand.repeated} of them repetitions, ${demand.bad.size} invalid`,
      `${output}: ${wanted} expected, ${found} found, ${findings.counts(output, ['duplicated', 'missing', 'foreign', 'out of order'])}; of ${through.length} ids sent to two partitions ${through.filter((times) => times > 1).length} came through twice`,
    );
  }
  const letters = await judgeLetters(client, env, bad, findings);
  lines.push(
    `dlq: ${bad.size} expected, ${letters} found, ${findings.counts('dlq', ['duplicated', 'missing', 'foreign', 'altered'])}`,
  );
  return { findings, lines };
}

async function demandOf(client: PlainClient, env: StackEnv, topic: string): Promise<Demand> {
  const demand: Demand = { courses: new Map(), across: new Map(), bad: new Map(), records: 0, repeated: 0 };
  const seen = new Set<string>();
  for await (const { partition, offset, key, value } of readBytes(client, env, topic)) {
    demand.records += 1;
    const [fate, id, outputKey] = key.split(' ') as [string, string, string];
    const bytes = value.toString('latin1');
    if (fate === BAD) {
      demand.bad.set(`${client.prefix}${topic}[${partition}] at ${offset}`, bytes);
      continue;
    }
    if (seen.has(id)) {
      demand.repeated += 1;
      continue;
    }
    seen.add(id);
    if (fate === ACROSS) demand.across.set(bytes, 0);
    else {
      const course = demand.courses.get(outputKey);
      if (course === undefined) demand.courses.set(outputKey, [bytes]);
      else course.push(bytes);
    }
  }
  return demand;
}

/** @returns how many records there are, those sent to several partitions left out */
async function compare(
  client: PlainClient,
  env: StackEnv,
  topic: string,
  { courses, across }: Demand,
  findings: Findings,
): Promise<number> {
  let found = 0;
  const courseOf = new Map<string, Map<string, number>>();
  for (const [key, course] of courses) courseOf.set(key, new Map(course.map((bytes, i) => [bytes, i])));
  const done = new Map<string, Set<number>>();
  const last = new Map<string, number>();
  for await (const { partition, offset, key, value } of readBytes(client, env, topic)) {
    const bytes = value.toString('latin1');
    const times = across.get(bytes);
    if (times !== undefined) {
      across.set(bytes, times + 1);
      continue;
    }
    found += 1;
    const where = `${key}: ${topic}[${partition}] at ${offset}`;
    const number = courseOf.get(key)?.get(bytes);
    if (number === undefined) {
      findings.add(`${topic} foreign`, where);
      continue;
    }
    const numbers = done.get(key) ?? new Set<number>();
    done.set(key, numbers);
    if (numbers.has(number)) findings.add(`${topic} duplicated`, `${where}, number ${number}`);
    else if (number < (last.get(key) ?? 0))
      findings.add(`${topic} out of order`, `${where}, number ${number}`);
    numbers.add(number);
    last.set(key, number);
  }
  for (const [key, course] of courses)
    for (let number = 0; number < course.length; number++)
      if (!done.get(key)?.has(number))
        findings.add(`${topic} missing`, `${key}: number ${number} of ${course.length}`);
  for (const times of across.values())
    if (times === 0) findings.add(`${topic} missing`, 'an id sent to two partitions');
  return found;
}

async function judgeLetters(
  client: PlainClient,
  env: StackEnv,
  bad: ReadonlyMap<string, string>,
  findings: Findings,
): Promise<number> {
  const found = new Set<string>();
  let letters = 0;
  await readTopic<Letter>(client, env, 'dlq', ({ value: letter }) => {
    letters += 1;
    const place = `${letter.topic}[${letter.partition}] at ${letter.offset}`;
    const bytes = bad.get(place);
    const written = letter.value === null ? 'null' : Buffer.from(letter.value).toString('latin1');
    if (bytes === undefined) findings.add('dlq foreign', `${place}: ${letter.error}`);
    else if (found.has(place)) findings.add('dlq duplicated', place);
    else if (bytes !== written) findings.add('dlq altered', place);
    found.add(place);
  });
  for (const place of bad.keys()) if (!found.has(place)) findings.add('dlq missing', place);
  return letters;
}
