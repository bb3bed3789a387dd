import type { Locator } from 'playwright-core';

export interface Pixels {
  readonly count: number;
  /** Their middle, in px of the page from the corner of the canvas. */
  readonly x: number;
  readonly y: number;
}

/** Where a canvas has the colour of a variable of the styles, exactly; a part of it between two places from the left. */
export async function pixelsOf(
  canvas: Locator,
  variable: string,
  [left, right]: readonly [left: number, right: number] = [0, Number.MAX_SAFE_INTEGER],
): Promise<Pixels> {
  return await canvas.evaluate(
    (element, wanted) => {
      const nothing = { count: 0, x: Number.NaN, y: Number.NaN };
      const probe = document.createElement('canvas').getContext('2d');
      const shown = (element as HTMLCanvasElement).getContext('2d');
      if (probe === null || shown === null) return nothing;
      const swatch = document.body.appendChild(document.createElement('b'));
      swatch.style.transitionProperty = 'none';
      swatch.style.color = `var(${wanted.variable})`;
      probe.fillStyle = getComputedStyle(swatch).color;
      probe.fillRect(0, 0, 1, 1);
      swatch.remove();
      const [colour] = new Uint32Array(probe.getImageData(0, 0, 1, 1).data.buffer);
      const { width, height } = shown.canvas;
      const ratio = width / (element as HTMLCanvasElement).clientWidth;
      const pixels = new Uint32Array(shown.getImageData(0, 0, width, height).data.buffer);
      let [count, x, y] = [0, 0, 0];
      for (const [at, pixel] of pixels.entries()) {
        const place = (at % width) / ratio;
        if (pixel !== colour || place < wanted.left || place > wanted.right) continue;
        count += 1;
        x += place;
        y += Math.floor(at / width) / ratio;
      }
      return count === 0 ? nothing : { count, x: x / count, y: y / count };
    },
    { variable, left, right },
  );
}
