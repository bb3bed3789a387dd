import { useState } from 'preact/hooks';
import type { DeadLetter } from '../../api/operations.js';
import { saidOf } from '../../api/problem.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Ago } from '../../parts/moment.js';
import { Tag } from '../../parts/tag.js';
import { Letter, type LetterProps } from './letter.js';
import { useOpened } from './use-opened.js';

interface RowProps extends Omit<LetterProps, 'letter' | 'opened'> {
  readonly letter: DeadLetter;
  readonly isOpenAtFirst: boolean;
  readonly onToggle: (isOpen: boolean) => void;
}

/** A dead letter of the list; all of it is asked for when it is opened. */
export function Row({ letter, isOpenAtFirst, onToggle, ...rest }: RowProps) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const opened = useOpened(isOpen ? letter.id : null);
  return (
    <details
      class="row-item"
      open={isOpen}
      onToggle={({ currentTarget }) => {
        if (currentTarget.open !== isOpen) onToggle(currentTarget.open);
        setOpen(currentTarget.open);
      }}
    >
      <summary>
        <span class="row-when">
          <Ago at={letter.failedAt} />
        </span>
        <Tag tone={letter.replayedAt === null ? 'bad' : 'ok'}>
          {letter.replayedAt === null ? letter.error : 'replayed'}
        </Tag>
        <span class="row-text">{letter.message}</span>
        <span class="row-when">{letter.topic}</span>
      </summary>
      {isOpen && (
        <>
          <ErrorNote error={opened.error === null ? null : saidOf(opened.error)} />
          <Letter {...{ letter, ...rest }} opened={opened.data} />
        </>
      )}
    </details>
  );
}
