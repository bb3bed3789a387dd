import { Field } from '../parts/field.js';

/** For a code of the second factor. */
export function CodeField({ error = null }: { readonly error?: string | null }) {
  return (
    <Field
      label="Code, or a recovery code"
      name="code"
      autocomplete="one-time-code"
      minLength={6}
      maxLength={32}
      required
      error={error}
    />
  );
}
