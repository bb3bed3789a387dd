import { Field } from './field.js';

interface CommentFieldProps {
  readonly label?: string;
  readonly placeholder?: string;
  readonly value: string;
  readonly onComment: (comment: string) => void;
}

/** Why somebody does something; the API keeps as much. */
export function CommentField({
  label = 'Comment',
  placeholder = 'why, for the others',
  value,
  onComment,
}: CommentFieldProps) {
  return (
    <Field
      label={label}
      placeholder={placeholder}
      maxLength={1_000}
      value={value}
      onInput={({ currentTarget }) => onComment(currentTarget.value)}
    />
  );
}
