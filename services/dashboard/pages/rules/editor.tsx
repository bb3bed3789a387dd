import { useEffect, useState } from 'preact/hooks';
import { go, link, query } from '../../address/address.js';
import { call } from '../../api/call.js';
import { saidOf } from '../../api/problem.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Confirm } from '../../parts/confirm.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Loaded } from '../../parts/states.js';
import { said } from '../../parts/toasts.js';
import { Backtest } from './backtest.js';
import { ConditionField } from './condition-field.js';
import { type Draft, draftOf, isBegun, NEW, ruleOf, rulesFile } from './draft.js';
import { MODELS } from './models.js';
import { RuleFields } from './rule-fields.js';
import { RuleTests } from './rule-tests.js';
import { useCheck } from './use-check.js';

const WHERE = {
  api: null,
  control: 'It was applied by tactus rules apply, and is changed there.',
  file: 'It comes from a file, and is changed there.',
} as const;

/** A rule that is there, or a new one from what the address has. @param name null for a new one */
export function Editor({ name }: { readonly name: string | null }) {
  const rule = useResource(
    async (signal) =>
      name === null ? null : await call('GET /rules/{id}', { path: { id: name }, query: {}, signal }),
    [tenant.value, name],
  );
  if (name === null)
    return (
      <RuleForm
        begun={{
          ...NEW,
          metric: query.peek().get('metric') ?? '',
          expr: query.peek().get('expr') ?? '',
          on: query.peek().get('on') === 'anomaly' ? 'anomaly' : 'window',
          model: MODELS.find(({ value }) => value === query.peek().get('model'))?.value ?? NEW.model,
          name: nameFor(query.peek().get('metric') ?? ''),
        }}
        isNew
        where={null}
      />
    );
  return (
    <Loaded of={rule}>
      {(found) =>
        found !== null && (
          <RuleForm begun={draftOf(found)} isNew={found.origin !== 'api'} where={WHERE[found.origin]} />
        )
      }
    </Loaded>
  );
}

/** `CheckoutLatencyMs` for `checkout.latency_ms`. */
const nameFor = (metric: string): string =>
  metric
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');

interface RuleFormProps {
  readonly begun: Draft;
  /** Whether it is made, maybe after one that somebody else has made. */
  readonly isNew: boolean;
  /** Where it is changed, if not here. */
  readonly where: string | null;
}

function RuleForm({ begun, isNew, where }: RuleFormProps) {
  const [draft, setDraft] = useState(begun);
  const [error, setError] = useState<string | null>(null);
  const [isRemoving, setRemoving] = useState(false);
  const isReadOnly = !may('operate');
  const rule = ruleOf(draft);
  const file = rulesFile(rule, tenant.value ?? '');
  const { mistakes = null, warnings = [] } = useCheck(file) ?? {};
  const known = useKnown(draft.metric);
  const ofCondition = mistakes?.find(({ key }) => /expr$/.test(key)) ?? null;
  const others = mistakes?.filter((one) => one !== ofCondition) ?? [];
  // The API keeps the names of what somebody else has made for them.
  const isNameless = draft.name.trim() === '' || (where !== null && draft.name.trim() === begun.name);
  const isChanged = JSON.stringify(draft) !== JSON.stringify(begun);
  useGuard(isChanged && !isReadOnly);

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const { name, ...body } = rule;
    try {
      if (isNew) await call('POST /rules', { query: {}, body: rule });
      else await call('PUT /rules/{id}', { path: { id: name }, query: {}, body });
      said(`${name} is in force within seconds.`);
      go(link('/rules'));
    } catch (failed) {
      setError(saidOf(failed));
    }
  };
  return (
    <>
      {where !== null && (
        <p class="note">
          {where}
          {!isReadOnly && ' Under another name, it is made anew as one of this tenant beside it.'}
        </p>
      )}
      <div class="rule-columns">
        <Card title={isNew && where === null ? 'New rule' : begun.name}>
          <form class="stack" onSubmit={save}>
            <RuleFields
              draft={draft}
              known={known.metrics}
              isNew={isNew}
              isReadOnly={isReadOnly}
              onChange={setDraft}
              condition={
                <ConditionField
                  value={draft.expr}
                  on={draft.on}
                  records={draft.record !== null}
                  tags={known.tags}
                  mistake={draft.expr === '' ? null : (ofCondition?.message ?? null)}
                  isReadOnly={isReadOnly}
                  onChange={(expr) => setDraft({ ...draft, expr })}
                />
              }
            />
            {isBegun(draft) &&
              others.map(({ key, message }) => (
                <p key={key + message} class="note is-bad" role="alert">
                  {key !== '' && <code>{key.replace(/^rules\[0\]\.?/, '')}</code>} {message}
                </p>
              ))}
            {warnings.map((warning) => (
              <p key={warning} class="note is-warn" role="status">
                {warning.replace(/^rule ".*?": (.)/, (_, first: string) => first.toUpperCase())}.
              </p>
            ))}
            <ErrorNote error={error} />
            {!isReadOnly && (
              <div class="bar">
                <Button
                  kind="primary"
                  type="submit"
                  disabled={isNameless || mistakes === null || mistakes.length > 0}
                >
                  {isNew ? 'Make the rule' : 'Save'}
                </Button>
                {!isNew && (
                  <Button kind="danger" icon="trash" onClick={() => setRemoving(true)}>
                    Remove
                  </Button>
                )}
              </div>
            )}
          </form>
        </Card>
        <div class="stack">
          <Backtest
            draft={draft}
            file={file}
            isSound={mistakes?.length === 0}
            onThreshold={(expr) => setDraft({ ...draft, expr })}
          />
          <RuleTests name={draft.name} draft={draft} file={file} />
        </div>
      </div>
      {isRemoving && (
        <Confirm
          title={`Remove ${draft.name}`}
          action="Remove"
          onClose={() => setRemoving(false)}
          onConfirm={async () => {
            await call('DELETE /rules/{id}', { path: { id: draft.name }, query: {} });
            said(`${draft.name} is removed; its alerts are resolved.`);
            go(link('/rules'));
          }}
        >
          <p>Its alerts are resolved. This cannot be undone.</p>
        </Confirm>
      )}
    </>
  );
}

const NAMES = 1_000;

/** Metrics to choose from, and tags that series of the chosen one have. */
function useKnown(metric: string): { readonly metrics: readonly string[]; readonly tags: readonly string[] } {
  const metrics = useResource(
    (signal) => call('GET /metrics', { query: { from: 'now-1d', limit: NAMES }, signal }),
    [tenant.value],
  );
  const isKnown = metrics.data?.items.some((one) => one.metric === metric) ?? false;
  const series = useResource(
    async (signal) =>
      isKnown ? await call('GET /metrics/series', { query: { metric, from: 'now-1d' }, signal }) : null,
    [tenant.value, isKnown ? metric : null],
  );
  return {
    metrics: metrics.data?.items.map((one) => one.metric) ?? [],
    tags: [...new Set(series.data?.series.flatMap(({ tags }) => Object.keys(tags)) ?? [])],
  };
}

/** Asks before the page is left with something that is not saved. */
function useGuard(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isChanged]);
}
