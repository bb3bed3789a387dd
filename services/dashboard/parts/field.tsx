import type { ComponentChildren, LooseInputHTMLAttributes, TextareaHTMLAttributes } from 'preact';
import { useId } from 'preact/hooks';
import { classes } from './class-names.js';

interface Around {
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** What is wrong with what was entered. */
  readonly error?: string | null | undefined;
}

type FieldProps = Around &
  Omit<LooseInputHTMLAttributes, 'label' | 'class'> & {
    readonly isCode?: boolean;
    /** The id of a `datalist`. */
    readonly list?: string;
  };

/** An input with its name, and what is wrong with it. */
export function Field({ label, hint, error, isCode = false, ...native }: FieldProps) {
  const id = useId();
  return (
    <Labelled {...{ id, label, hint, error }}>
      <input
        {...(native as object)}
        {...described(id, hint, error)}
        class={classes('input', isCode && 'is-code')}
      />
    </Labelled>
  );
}

type AreaProps = Around & Omit<TextareaHTMLAttributes, 'label' | 'class'> & { readonly isCode?: boolean };

/** {@link Field} of several lines. */
export function Area({ label, hint, error, isCode = false, ...native }: AreaProps) {
  const id = useId();
  return (
    <Labelled {...{ id, label, hint, error }}>
      <textarea
        rows={3}
        {...(native as object)}
        {...described(id, hint, error)}
        class={classes('input', isCode && 'is-code')}
      />
    </Labelled>
  );
}

interface ChoiceProps<T extends string> extends Around {
  readonly value: T;
  readonly options: readonly (T | { readonly value: T; readonly text: string })[];
  readonly onChoice: (value: T) => void;
  readonly disabled?: boolean;
}

/** One of a few. */
export function Choice<T extends string>({
  label,
  hint,
  error,
  value,
  options,
  onChoice,
  ...native
}: ChoiceProps<T>) {
  const id = useId();
  return (
    <Labelled {...{ id, label, hint, error }}>
      <select
        {...(native as object)}
        {...described(id, hint, error)}
        class="input"
        value={value}
        onChange={({ currentTarget }) => onChoice(currentTarget.value as T)}
      >
        {options.map((option) => {
          const { value: one, text } = typeof option === 'string' ? { value: option, text: option } : option;
          return (
            <option key={one} value={one}>
              {text}
            </option>
          );
        })}
      </select>
    </Labelled>
  );
}

function described(id: string, hint: ComponentChildren, error: string | null | undefined) {
  const by = [hint != null && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return {
    id,
    ...(by !== '' && { 'aria-describedby': by }),
    ...(error && { 'aria-invalid': 'true' as const }),
  };
}

function Labelled({
  id,
  label,
  hint,
  error,
  children,
}: Around & { readonly id: string; readonly children: ComponentChildren }) {
  return (
    <div class="field">
      <label class="field-name" for={id}>
        {label}
      </label>
      {children}
      {hint != null && (
        <span class="field-hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error && (
        <span class="field-error" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
    </div>
  );
}
