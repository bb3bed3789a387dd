import type { StackEnv } from '../../services/up/embedded/stack.js';
import { MAX_EXACT } from '../../shared/windows/distinct.js';
import type { PlainClient, PlainPoint } from '../support/plain-client.js';
import { differences, type Figures, windowKey } from '../support/recompute.js';
import { hasSketch } from './definitions.js';
import { Expected } from './expected.js';
import { Findings } from './findings.js';
import type { LateReport } from './late-check.js';
import { readTopic, type TopicRecord } from './read-topic.js';
import type { Outcome } from './scenario.js';
import type { Tally, WrittenMembers } from './tally.js';

interface WindowRecord extends Figures, WrittenMembers {
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Record<string, string>;
  readonly window: string;
  readonly start: number;
  readonly end: number;
  readonly watermark: number;
  readonly emittedAt: number;
}

/** What windows of the first version do not say. */
const NOT_KNOWN = { increase: null, rate: null, distinct: null, sketch: null, recordedBy: null };

/** Holds `windows` and `late`, as a new reader sees them, against `metrics`. */
export async function verify(client: PlainClient, env: StackEnv, faultsEnd: number): Promise<Outcome> {
  const findings = new Findings();
  const expected = new Expected(findings);
  await readTopic<LateReport>(client, env, 'late', ({ value }) => expected.addLate(value));
  await readTopic<PlainPoint>(client, env, 'metrics', (record) => expected.addPoint(record));
  expected.finish();

  const windows = await compareWindows(client, env, expected, findings, faultsEnd);
  const refused = await countRefused(client, env, findings);
  const { points, lateReports, lateForCertain } = expected;
  return {
    findings,
    lines: [
      `points: ${points} in the log, ${refused} refused`,
      // Those not emitted while faults went on only closed in the calm after.
      `windows: ${expected.windows.size} expected (${expected.sessions} of them sessions), ${windows.found} found (${windows.underFaults} emitted while faults went on), ${findings.counts('windows', ['duplicated', 'missing', 'wrong', 'unexpected'])}`,
      `members: in ${windows.withMembers} windows, in ${windows.crowded} of them more than are counted one by one`,
      `late points: ${lateForCertain} for certain, ${lateReports} found, ${findings.counts('late points', ['duplicated', 'missing', 'wrong', 'unknown', 'too early'])}`,
    ],
  };
}

/** Compares `windows` with what it must hold. */
export async function compareWindows(
  client: PlainClient,
  env: StackEnv,
  expected: Expected,
  findings: Findings,
  faultsEnd: number,
): Promise<{ found: number; underFaults: number; withMembers: number; crowded: number }> {
  const found = new Map<string, string>();
  let underFaults = 0;
  let [withMembers, crowded] = [0, 0];
  await readTopic<WindowRecord>(client, env, 'windows', (record) => {
    const value = { ...NOT_KNOWN, ...record.value };
    const key = windowKey(value.tenantId, value.metric, value.tags, value.window, value.start);
    const where = `windows[${record.partition}] at ${record.offset}, emitted at ${value.emittedAt}`;
    const before = found.get(key);
    if (before !== undefined) {
      findings.add('windows duplicated', `${key}: ${where}; before: ${before}`);
      return;
    }
    found.set(key, where);
    if (value.emittedAt <= faultsEnd) underFaults += 1;
    if (value.distinct !== null) withMembers += 1;
    if ((value.distinct ?? 0) > MAX_EXACT) crowded += 1;
    const tally = expected.windows.get(key);
    if (tally === undefined) findings.add('windows unexpected', `${key}: ${where}`);
    else
      for (const problem of problemsOf({ ...record, value }, tally))
        findings.add('windows wrong', `${key}: ${problem}; ${where}`);
  });
  for (const [key, tally] of expected.windows)
    if (!found.has(key)) findings.add('windows missing', `${key} of ${tally.figures().count} points`);
  return { found: found.size, underFaults, withMembers, crowded };
}

/** None of the points that are sent is to be refused. */
export async function countRefused(client: PlainClient, env: StackEnv, findings: Findings): Promise<number> {
  let refused = 0;
  await readTopic<{ message: string }>(client, env, 'dlq', ({ value }) => {
    refused += 1;
    findings.add('points refused', value.message);
  });
  return refused;
}

/** At most one sentence, so that a window counts once. */
function problemsOf({ key, value }: TopicRecord<WindowRecord>, tally: Tally): string[] {
  const problems: string[] = [];
  const wanted = tally.figures();
  for (const name of differences(value, wanted) as (keyof Figures)[])
    problems.push(`${name} is ${value[name]}, should be ${wanted[name]}`);
  // Values of counters are whole eighths.
  for (const name of ['increase', 'rate'] as const)
    if (value[name] !== wanted[name])
      problems.push(`${name} is ${value[name]}, should be exactly ${wanted[name]}`);
  const wrongMembers = tally.wrongMembers(value, hasSketch(value.window, value.start));
  if (wrongMembers !== '') problems.push(wrongMembers);
  if (key !== `${value.tenantId}|${value.metric}`) problems.push(`the key is ${key}`);
  if (value.end !== tally.end) problems.push(`ends at ${value.end}, should at ${tally.end}`);
  if (value.watermark < value.end) problems.push(`emitted at watermark ${value.watermark}`);
  return problems.length === 0 ? [] : [problems.join(', ')];
}
