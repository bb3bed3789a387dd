import { Field } from './field.js';

interface CommentFieldProps {
  readonly value: string;
  readonly onComment: (comment: string) => void;
}

/** Why somebody does something; the API keeps as much. */
export function CommentField({ value, onComment }: CommentFieldProps) {
  return (
    <Field
      label="Comment"
      placeholder="why, for the others"
      maxLength={1_000}
      value={value}
      onInput={({ currentTarget }) => onComment(currentTarget.value)}
    />
  );
}
