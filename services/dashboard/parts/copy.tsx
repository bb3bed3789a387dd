import { useState } from 'preact/hooks';
import { IconButton } from './button.js';

/** A text to take along, such as a command. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <section class="copy" aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <pre tabIndex={0}>{text}</pre>
      <span class="copy-button">
        <IconButton
          isSmall
          icon={isCopied ? 'check' : 'copy'}
          label={isCopied ? 'Copied' : `Copy: ${label}`}
          onClick={() => void copy()}
        />
      </span>
    </section>
  );
}
