import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { query, setQuery } from '../address/address.js';

interface TextFilterProps {
  /** In the address. */
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
}

/** After the last letter. */
const SETTLED_MS = 400;

/** A filter by a text, which stands in the address once nobody writes on it any more. */
export function TextFilter({ name, label, placeholder }: TextFilterProps) {
  const value = query.value.get(name) ?? '';
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => setQuery({ [name]: text.trim() }, { replace: true }), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text, value, name]);
  return (
    <label class="filter">
      <span class="field-name">{label}</span>
      <input
        class="input"
        value={text}
        {...(placeholder !== undefined && { placeholder })}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={({ key }) => key === 'Enter' && setQuery({ [name]: text.trim() }, { replace: true })}
      />
    </label>
  );
}

interface ChoiceFilterProps {
  readonly name: string;
  readonly label: string;
  /** By value; the empty one is no filter. */
  readonly options: Readonly<Record<string, string>>;
}

/** A filter by one of a few values. */
export function ChoiceFilter({ name, label, options }: ChoiceFilterProps) {
  return (
    <label class="filter">
      <span class="field-name">{label}</span>
      <select
        class="input"
        value={query.value.get(name) ?? ''}
        onChange={({ currentTarget }) => setQuery({ [name]: currentTarget.value })}
      >
        {Object.entries(options).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Filters above a list. */
export function Filters({ children }: { readonly children: ComponentChildren }) {
  return (
    <search class="filters" aria-label="Filters">
      {children}
    </search>
  );
}
