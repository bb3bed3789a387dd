import { useId, useRef, useState } from 'preact/hooks';
import { type Suggestion, suggestions, taken } from './completion.js';

interface ConditionFieldProps {
  readonly value: string;
  readonly on: 'window' | 'anomaly';
  /** It is a value to be recorded. */
  readonly records: boolean;
  readonly tags: readonly string[];
  readonly mistake: string | null;
  readonly isReadOnly: boolean;
  readonly onChange: (value: string) => void;
}

const COMPLETED = 'names are completed as you write.';
const HINTS = {
  anomaly: `Over anomaly.score, anomaly.severity, anomaly.value and tags, or nothing, for all of them; ${COMPLETED}`,
  window: `Over mean, count, sum, min, max, rate and tags; ${COMPLETED}`,
};
const EXAMPLES = { anomaly: 'anomaly.score > 0.7', window: 'mean > 300.0 && count >= 1' };

/** A condition in CEL: names are completed as they are written, and what is wrong with it stands below. */
export function ConditionField(props: ConditionFieldProps) {
  const { value, on, records, tags, mistake, isReadOnly, onChange } = props;
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [offered, setOffered] = useState<readonly Suggestion[]>([]);
  const [chosen, setChosen] = useState(0);
  const offer = (text: string, caret: number) => {
    setOffered(suggestions(text, caret, on, tags));
    setChosen(0);
  };
  const take = (suggestion: Suggestion) => {
    const field = area.current as HTMLTextAreaElement;
    const next = taken(field.value, field.selectionStart, suggestion);
    // At once, so that the next letter comes behind it.
    field.value = next.text;
    field.setSelectionRange(next.caret, next.caret);
    onChange(next.text);
    setOffered([]);
  };
  const move = (event: KeyboardEvent) => {
    const suggestion = offered[chosen];
    if (suggestion === undefined) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) setChosen((chosen + by + offered.length) % offered.length);
    else if (event.key === 'Tab' || event.key === 'Enter') take(suggestion);
    else if (event.key === 'Escape') setOffered([]);
    else return;
    event.preventDefault();
  };
  return (
    <div class="field condition">
      <label class="field-name" for={id}>
        {records ? 'Value (CEL)' : 'Condition (CEL)'}
      </label>
      <textarea
        ref={area}
        id={id}
        class="input is-code"
        rows={2}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={`${id}-list`}
        aria-describedby={`${id}-help`}
        aria-activedescendant={offered.length > 0 ? `${id}-${chosen}` : undefined}
        aria-invalid={mistake !== null}
        spellcheck={false}
        readOnly={isReadOnly}
        placeholder={records ? 'max - min' : EXAMPLES[on]}
        value={value}
        onInput={({ currentTarget }) => {
          onChange(currentTarget.value);
          offer(currentTarget.value, currentTarget.selectionStart);
        }}
        onKeyDown={move}
        onBlur={() => setOffered([])}
      />
      <div class="offered" role="listbox" id={`${id}-list`} aria-label="Names" hidden={offered.length === 0}>
        {offered.map((one, i) => (
          <div
            key={one.text}
            id={`${id}-${i}`}
            class="menu-item"
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            // Before the field loses the focus, and the list with it.
            onMouseDown={(event) => {
              event.preventDefault();
              take(one);
            }}
          >
            <code>{one.text}</code>
            <span class="card-note">{one.about}</span>
          </div>
        ))}
      </div>
      <span id={`${id}-help`} class={mistake === null ? 'field-hint' : 'field-error'} role="status">
        {mistake ?? HINTS[on]}
      </span>
    </div>
  );
}
