import { useId } from 'preact/hooks';
import './slider.css';

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  /** Of the value, for those who do not see where it stands. */
  readonly valueText: string;
  /** Below it, from the least to the most. */
  readonly captions: readonly string[];
  readonly onValue: (value: number) => void;
}

/** One of a few steps, from 0 on. */
export function Slider({ label, value, max, valueText, captions, onValue }: SliderProps) {
  const id = useId();
  return (
    <div class="slider">
      <label class="field-name" for={id}>
        {label}
      </label>
      <input
        type="range"
        {...{ id, min: 0, max, step: 1, value }}
        aria-valuetext={valueText}
        onInput={({ currentTarget }) => onValue(Number(currentTarget.value))}
      />
      <div class="slider-captions" aria-hidden>
        {captions.map((caption) => (
          <span key={caption}>{caption}</span>
        ))}
      </div>
    </div>
  );
}
