import { useState } from 'preact/hooks';
import { type Answer, call } from '../../api/call.js';
import { tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Area } from '../../parts/field.js';
import { Failure } from '../../parts/states.js';
import { Tag } from '../../parts/tag.js';
import { type Draft, thresholdOf } from './draft.js';

interface RuleTestsProps {
  readonly name: string;
  readonly draft: Draft;
  readonly file: string;
}

type Result = Answer<'POST /rules/test'>;

/** Where this browser keeps the tests of a rule. */
const keyOf = (name: string) => `tactus-rule-tests ${tenant.peek()} ${name}`;

/** In order at first, then beyond the threshold on the side of it that the condition is about. */
function exampleValues(expr: string): string {
  const threshold = thresholdOf(expr) ?? 50;
  return /<=?\s*-?[\d.]/.test(expr) ? `${2 * threshold} ${threshold / 2}x6` : `1 ${2 * threshold}x6`;
}

function example(draft: Draft): string {
  if (draft.record !== null) return exampleOfRecording(draft);
  return draft.on === 'anomaly' ? exampleOfAnomaly(draft) : exampleOfWindows(draft);
}

/** Of a value that is the mean there is the same again. */
const exampleOfRecording = ({ metric, record }: Draft) => `tests:
  - name: records a value
    interval: 10s
    series:
      - { metric: ${metric || 'checkout.latency_ms'}, tenant: ${tenant.peek()}, tags: { host: a }, values: 1 50x6 }
    recorded:
      - { at: 70s, metric: "${record}", tenant: ${tenant.peek()}, tags: { host: a }, value: 50 }
`;

const exampleOfAnomaly = ({ name, metric, model }: Draft) => `tests:
  - name: fires at once
    anomalies:
      - { at: 60s, metric: ${metric || 'checkout.latency_ms'}, tenant: ${tenant.peek()}, tags: { host: a }, value: 400, score: 0.9, detector: ${model === 'anomaly_detector' ? 'level' : model} }
    alerts:
      - { at: 70s, rule: ${name || 'CheckoutOdd'}, expect: [{ state: firing }] }
`;

const exampleOfWindows = ({ name, metric, expr }: Draft) => `tests:
  - name: fires after a while
    interval: 10s
    series:
      - { metric: ${metric || 'checkout.latency_ms'}, tenant: ${tenant.peek()}, tags: { host: a }, values: ${exampleValues(expr)} }
    alerts:
      - { at: 70s, rule: ${name || 'CheckoutSlow'}, expect: [{ state: firing }] }
`;

/** Tests of the rule: series of figures, and which alerts there have to be. They are kept in this browser. */
export function RuleTests({ name, draft, file }: RuleTestsProps) {
  const [tests, setTests] = useState<string | null>(() => localStorage.getItem(keyOf(name)));
  const [result, setResult] = useState<Result | null>(null);
  const [error, setError] = useState<unknown>(null);
  const text = tests ?? example(draft);
  const run = async () => {
    setError(null);
    try {
      localStorage.setItem(keyOf(name), text);
      setResult(await call('POST /rules/test', { query: {}, body: { rules: file, tests: text } }));
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <Card
      title="Unit tests"
      note="kept in this browser"
      actions={
        <Button icon="check" onClick={() => void run()}>
          Run the tests
        </Button>
      }
    >
      <div class="stack">
        <Area
          label="Tests"
          isCode
          rows={9}
          spellcheck={false}
          hint="One value for each window: 95x4 is 95 and four more, 10+5x3 is 10 15 20 25, _ is none."
          value={text}
          onInput={({ currentTarget }) => setTests(currentTarget.value)}
        />
        {error !== null && <Failure error={error} onRetry={() => void run()} />}
        {result !== null && (
          <div class="stack" role="status">
            {result.mistakes.map(({ line, key, message }) => (
              <p key={`${line} ${key} ${message}`} class="note is-bad">
                {line !== null && `Line ${line}: `}
                {message}
              </p>
            ))}
            {result.mistakes.length === 0 && (
              <p>
                {result.passed} passed, {result.failed} failed
              </p>
            )}
            <ul class="stack">
              {result.tests.map(({ name: test, problems }) => (
                <li key={test}>
                  <Tag tone={problems.length === 0 ? 'ok' : 'bad'}>
                    {problems.length === 0 ? 'passed' : 'failed'}
                  </Tag>{' '}
                  {test}
                  {problems.map((problem) => (
                    <p key={problem} class="field-error">
                      {problem}
                    </p>
                  ))}
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Card>
  );
}
