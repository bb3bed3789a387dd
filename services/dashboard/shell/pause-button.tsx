import { IconButton } from '../parts/button.js';
import { isPaused, setPaused } from '../time/range.js';

/** Stops what moves on, or has it go on. */
export function PauseButton() {
  return (
    <IconButton
      icon={isPaused.value ? 'play' : 'pause'}
      label={isPaused.value ? 'Go on live' : 'Pause'}
      onClick={() => setPaused(!isPaused.peek())}
    />
  );
}
