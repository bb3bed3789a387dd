import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Choice, Field } from '../../parts/field.js';
import { type Draft, lookingAt } from './draft.js';
import { MODELS } from './models.js';

interface RuleFieldsProps {
  readonly draft: Draft;
  /** Metrics to choose from. */
  readonly known: readonly string[];
  readonly isNew: boolean;
  readonly isReadOnly: boolean;
  readonly condition: ComponentChildren;
  readonly onChange: (draft: Draft) => void;
}

const ALERTS: Partial<Draft> = { record: null };
/** What is recorded is made of windows. */
const RECORDS: Partial<Draft> = { record: '', on: 'window' };

/** The fields of a rule, those that matter most first. */
export function RuleFields({ draft, known, isNew, isReadOnly, condition, onChange }: RuleFieldsProps) {
  const [metrics, sensitivities] = [useId(), useId()];
  const isRecording = draft.record !== null;
  const text = (
    name:
      | 'metric'
      | 'window'
      | 'threshold'
      | 'sensitivity'
      | 'for'
      | 'keepFiringFor'
      | 'staleAfter'
      | 'groupBy'
      | 'summary'
      | 'runbook',
  ) => ({
    value: draft[name],
    readOnly: isReadOnly,
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) =>
      onChange({ ...draft, [name]: currentTarget.value }),
  });
  return (
    <>
      <Field
        label="Name"
        required
        readOnly={isReadOnly || !isNew}
        pattern="[A-Za-z_][A-Za-z0-9_]*"
        placeholder="CheckoutSlow"
        value={draft.name}
        onInput={({ currentTarget }) => onChange({ ...draft, name: currentTarget.value })}
      />
      <div class="pair">
        <Choice
          label="What it does"
          value={draft.record === null ? 'alert' : 'record'}
          disabled={isReadOnly}
          options={[
            { value: 'alert', text: 'raises alerts' },
            { value: 'record', text: 'records a metric' },
          ]}
          onChoice={(kind) => onChange({ ...draft, ...(kind === 'alert' ? ALERTS : RECORDS) })}
        />
        {draft.record !== null && (
          <Field
            label="Recorded as"
            required
            readOnly={isReadOnly}
            placeholder="checkout:error_rate:ratio"
            value={draft.record}
            onInput={({ currentTarget }) => onChange({ ...draft, record: currentTarget.value })}
          />
        )}
      </div>
      <div class="pair">
        <Choice
          label="Looks at"
          value={draft.on}
          disabled={isReadOnly || isRecording}
          options={[
            { value: 'window', text: 'windows' },
            { value: 'anomaly', text: 'anomalies' },
          ]}
          onChoice={(on) => onChange(lookingAt(draft, on))}
        />
        <Field
          label="Metric"
          list={metrics}
          placeholder={draft.rest.metrics === undefined ? 'name or glob' : 'several'}
          {...text('metric')}
        />
        <datalist id={metrics}>
          {known.map((metric) => (
            <option key={metric} value={metric} />
          ))}
        </datalist>
      </div>
      {draft.on === 'anomaly' && (
        <>
          <Choice
            label="Found by"
            value={draft.model}
            disabled={isReadOnly}
            options={MODELS}
            onChoice={(model) => onChange({ ...draft, model })}
          />
          <div class="pair">
            <Field label="From score" inputMode="decimal" placeholder="0.5" {...text('threshold')} />
            <Field
              label="Sensitivity"
              list={sensitivities}
              placeholder="medium: as detection is set"
              {...text('sensitivity')}
            />
            <datalist id={sensitivities}>
              {['low', 'medium', 'high'].map((one) => (
                <option key={one} value={one} />
              ))}
            </datalist>
          </div>
        </>
      )}
      {condition}
      {!isRecording && (
        <>
          <div class="pair">
            <Field label="For at least" placeholder="30s" {...text('for')} />
            <Choice
              label="Severity"
              value={draft.severity}
              disabled={isReadOnly}
              options={['info', 'warning', 'critical']}
              onChoice={(severity) => onChange({ ...draft, severity })}
            />
          </div>
          <Field
            label="What the alert says"
            placeholder="Checkout of {{tags.shop}} takes {{value}} ms"
            {...text('summary')}
          />
        </>
      )}
      <details>
        <summary>More</summary>
        <div class="stack rule-more">
          <div class="pair">
            {draft.on === 'window' && <Field label="Window" placeholder="10s" {...text('window')} />}
            {!isRecording && <Field label="Keep firing for" placeholder="1m" {...text('keepFiringFor')} />}
          </div>
          {!isRecording && (
            <>
              <div class="pair">
                <Choice
                  label="Without data"
                  value={draft.noData}
                  disabled={isReadOnly}
                  options={[
                    { value: 'resolve', text: 'resolve the alert' },
                    { value: 'keep', text: 'keep the alert' },
                    { value: 'alert', text: 'alert because of it' },
                  ]}
                  onChoice={(noData) => onChange({ ...draft, noData })}
                />
                <Field label="No data after" placeholder="1m" {...text('staleAfter')} />
              </div>
              <Field
                label="One alert for each"
                placeholder="tags, such as shop; each series without them"
                {...text('groupBy')}
              />
              <Field label="Runbook" type="url" placeholder="https://" {...text('runbook')} />
            </>
          )}
          {Object.keys(draft.rest).length > 0 && (
            <p class="card-note">Stays as it is: {Object.keys(draft.rest).join(', ')}</p>
          )}
          {draft.on === 'window' && !isRecording && (
            <label class="bar">
              <input
                type="checkbox"
                checked={draft.flapping}
                disabled={isReadOnly}
                onChange={({ currentTarget }) => onChange({ ...draft, flapping: currentTarget.checked })}
              />
              Hold notifications back while it flaps
            </label>
          )}
          <label class="bar">
            <input
              type="checkbox"
              checked={draft.enabled}
              disabled={isReadOnly}
              onChange={({ currentTarget }) => onChange({ ...draft, enabled: currentTarget.checked })}
            />
            In force
          </label>
        </div>
      </details>
    </>
  );
}
