import { link } from '../../address/address.js';
import type { DeadLetter } from '../../api/operations.js';
import { ApiProblem } from '../../api/problem.js';
import { Card } from '../../parts/card.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Letter, type LetterProps } from './letter.js';
import { useOpened } from './use-opened.js';

interface AddressedProps {
  readonly id: string;
  readonly actionsOf: (letter: DeadLetter) => Pick<LetterProps, 'onReplay' | 'onSame'>;
}

/** The dead letter that an address names, which is not in the list: of whatever time it is. */
export function Addressed({ id, actionsOf }: AddressedProps) {
  const opened = useOpened(id);
  const isGone = opened.error instanceof ApiProblem && opened.error.isNotFound;
  return (
    <Card title={`Dead letter ${id}`} actions={<a href={link('/dead-letters')}>All dead letters</a>}>
      {isGone ? (
        <Empty title="It is not there any more">
          <p>Dead letters are kept for a while. Those of the range of time that is shown are below.</p>
        </Empty>
      ) : (
        <Loaded of={opened}>
          {(letter) => letter !== null && <Letter {...{ letter, opened: letter, ...actionsOf(letter) }} />}
        </Loaded>
      )}
    </Card>
  );
}
