import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { AGGREGATIONS } from '../../api/vocabulary.js';
import { Button } from '../../parts/button.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { Area, Choice, Field } from '../../parts/field.js';
import {
  ALERT_STATES,
  type Component,
  FIELDS,
  type Kind,
  problemsOf,
  SEVERITIES,
} from './model/component.js';
import { componentOf, type Form, formOf, KIND_NAMES } from './model/form.js';
import { TileView } from './tile.js';

interface EditorProps {
  readonly component: Component;
  /** The verb on the button. */
  readonly action: string;
  readonly onDone: (component: Component) => void;
  readonly onClose: () => void;
}

const METRICS = 1_000;
const METRICS_ID = 'dashboard-metrics';

/** Changes one component; what it will look like stands beside it. */
export function Editor({ component, action, onDone, onClose }: EditorProps) {
  const [form, setForm] = useState(() => formOf(component));
  const set = (changes: Partial<Form>) => setForm((before) => ({ ...before, ...changes }));
  const made = componentOf(form, component);
  const problems = problemsOf(made);
  const shown = useSettled(made);
  const errorOf = (field: keyof Component) =>
    problems.find((problem) => problem.startsWith(`${field}: `))?.slice(field.length + 2);
  const has = (field: keyof Component) => FIELDS[form.kind].includes(field);
  const general = problems.filter((problem) => !SHOWN.some((field) => problem.startsWith(`${field}: `)));
  const name = (
    field: 'title' | 'metric' | 'unit' | 'top' | 'compare' | 'rule' | 'by',
    label: string,
    hint?: string,
  ) => (
    <Field
      {...{ label, hint, error: errorOf(field), value: form[field] }}
      {...(field === 'metric' && { list: METRICS_ID, autocomplete: 'off' })}
      onInput={({ currentTarget }) => set({ [field]: (currentTarget as HTMLInputElement).value })}
    />
  );
  return (
    <Dialog title={`${action}: ${KIND_NAMES[form.kind].toLowerCase()}`} isWide onClose={onClose}>
      <div class="editor">
        <form
          id="tile-editor"
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (problems.length === 0) onDone(made);
          }}
        >
          <Choice<Kind>
            label="Shows"
            value={form.kind}
            options={(Object.keys(KIND_NAMES) as Kind[]).map((value) => ({ value, text: KIND_NAMES[value] }))}
            onChoice={(kind) => set({ kind })}
          />
          {name('title', 'Title')}
          {has('metric') && (
            <>
              {name('metric', 'Metric')}
              <MetricNames />
              <Choice
                label="Of the points of a step"
                value={form.aggregation}
                options={AGGREGATIONS}
                onChoice={(aggregation) => set({ aggregation })}
              />
              <Area
                label="Only with these tags"
                hint="A line for each, such as region=eu"
                rows={2}
                isCode
                value={form.tags}
                error={errorOf('tags')}
                onInput={({ currentTarget }) => set({ tags: currentTarget.value })}
              />
            </>
          )}
          {has('by') && (
            <Choice
              label="Series"
              value={form.groups}
              options={[
                { value: 'each', text: 'Each on its own' },
                { value: 'by', text: 'Grouped' },
              ]}
              onChoice={(groups) => set({ groups })}
            />
          )}
          {has('by') && form.groups === 'by' && (
            <>
              {name('by', 'Grouped by', 'Tags, with commas between; none makes one group')}
              {name('top', 'Only the highest', 'How many groups; empty for all')}
            </>
          )}
          {has('compare') &&
            (form.kind === 'kpi' || form.groups === 'by') &&
            name('compare', 'Compare with', 'How far back, such as 1d or 7d; empty for nothing')}
          {has('band') && form.groups === 'each' && (
            <label class="check">
              <input
                type="checkbox"
                checked={form.band}
                onChange={({ currentTarget }) => set({ band: currentTarget.checked })}
              />
              With what was expected
            </label>
          )}
          {has('unit') && name('unit', 'Unit')}
          {has('state') && (
            <>
              <Choice
                label="State"
                value={form.state}
                options={[{ value: '', text: 'Any' }, ...ALERT_STATES]}
                onChoice={(state) => set({ state })}
              />
              <Choice
                label="Severity"
                value={form.severity}
                options={[{ value: '', text: 'Any' }, ...SEVERITIES]}
                onChoice={(severity) => set({ severity })}
              />
              {name('rule', 'Rule')}
              <Area
                label="Only with these labels"
                hint="A line for each, such as host=web-1"
                rows={2}
                isCode
                value={form.labels}
                error={errorOf('labels')}
                onInput={({ currentTarget }) => set({ labels: currentTarget.value })}
              />
            </>
          )}
          {has('text') && (
            <Area
              label="Text"
              hint="Plain; addresses become links"
              rows={6}
              value={form.text}
              error={errorOf('text')}
              onInput={({ currentTarget }) => set({ text: currentTarget.value })}
            />
          )}
          <fieldset class="place-fields">
            <legend>Place and size</legend>
            {(['x', 'y', 'w', 'h'] as const).map((field) => (
              <Field
                key={field}
                label={PLACE_NAMES[field]}
                type="number"
                min={field === 'w' || field === 'h' ? 1 : 0}
                value={form[field]}
                error={errorOf(field)}
                onInput={({ currentTarget }) => set({ [field]: (currentTarget as HTMLInputElement).value })}
              />
            ))}
          </fieldset>
        </form>
        <div class="editor-preview">
          <h3>Preview</h3>
          {problems.length === 0 && problemsOf(shown).length === 0 ? (
            <TileView tile={{ ...shown, h: PREVIEW_ROWS }} />
          ) : (
            <ul class="note" role="status">
              {(general.length > 0 ? general : problems).map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          )}
        </div>
      </div>
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" form="tile-editor" disabled={problems.length > 0}>
          {action}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

const SETTLED_MS = 400;

/** A component as it was when it was last left alone for a moment: nothing is asked for while somebody writes. */
function useSettled(component: Component): Component {
  const [settled, setSettled] = useState(component);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(component), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [JSON.stringify(component)]);
  return settled;
}

const PREVIEW_ROWS = 3;
const PLACE_NAMES = { x: 'Column', y: 'Row', w: 'Width', h: 'Height' } as const;
/** Fields that say themselves what is wrong. */
const SHOWN = [
  ...(['title', 'metric', 'tags', 'by', 'top', 'compare', 'unit', 'rule', 'labels', 'text'] as const),
  ...(['x', 'y', 'w', 'h'] as const),
];

/** What the field of the metric suggests. */
function MetricNames() {
  const { data } = useResource(
    (signal) => call('GET /metrics', { query: { from: 'now-1d', limit: METRICS }, signal }),
    [tenant.value],
  );
  return (
    <datalist id={METRICS_ID}>
      {data?.items.map(({ metric }) => (
        <option key={metric} value={metric} />
      ))}
    </datalist>
  );
}
