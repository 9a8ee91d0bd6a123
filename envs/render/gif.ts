import { applyPalette, GIFEncoder, quantize } from 'gifenc';
import { hexOf, LIGHT } from './inks';
import { Raster } from './raster';
import type { Frame, Panel, Recording } from './recording';
import { roleColor } from './roles';

const PANEL = 240;
const MARGIN = 12;
const TITLE = 26;
const BAR = 8;
/** Room for the name of an action before its bars. */
const NAME = 62;
const PAPER = '#ffffff';

/**
 * A recording as an animated GIF: the panels side by side, under each the probabilities of what was watched in the order
 * of the panels. Every `every`-th frame is taken, `milliseconds` each; the last one stays longer.
 */
export function gifOf(
  recording: Recording,
  { milliseconds, every = 1 }: { milliseconds: number; every?: number },
): Uint8Array {
  const { panels } = recording;
  const { width, height } = panels[0]!.frames[0]!.drawing;
  const scale = PANEL / Math.max(width, height);
  const picture = Math.round(height * scale);
  const bars = MARGIN + barsOf(recording) * (panels.length * BAR + 6);
  const size = [MARGIN + panels.length * (PANEL + MARGIN), TITLE + picture + bars + MARGIN] as const;
  const count = Math.max(...panels.map(({ frames }) => frames.length));
  const shown = Array.from({ length: Math.ceil((count - 1) / every) }, (_, k) => k * every);
  shown.push(count - 1);

  const images = (t: number): Uint8ClampedArray => {
    const raster = new Raster(...size, PAPER);
    panels.forEach((panel, p) => {
      const frame = panel.frames[Math.min(t, panel.frames.length - 1)]!;
      const x = MARGIN + p * (PANEL + MARGIN);
      paintPanel(raster, recording, panel, frame, { x, scale, picture, over: t >= panel.frames.length - 1 });
    });
    return raster.pixels;
  };
  const gif = GIFEncoder();
  const palette = paletteOf([0, 1 / 3, 2 / 3, 1].map((part) => images(Math.round(part * (count - 1)))));
  for (const [k, t] of shown.entries()) {
    const delay = k === shown.length - 1 ? 1500 : milliseconds;
    gif.writeFrame(applyPalette(images(t), palette, 'rgb444'), ...size, { palette, delay });
  }
  gif.finish();
  return gif.bytes();
}

/** One palette for all frames, so that nothing flickers: of a few of them. */
function paletteOf(images: readonly Uint8ClampedArray[]): number[][] {
  const all = new Uint8ClampedArray(images.reduce((sum, image) => sum + image.length, 0));
  let at = 0;
  for (const image of images) {
    all.set(image, at);
    at += image.length;
  }
  return quantize(all, 128, { format: 'rgb444' });
}

const barsOf = ({ actionSpace }: Recording) => (actionSpace.kind === 'discrete' ? actionSpace.n : actionSpace.size);

function paintPanel(
  raster: Raster,
  recording: Recording,
  { role }: Panel,
  { drawing, total, opinions }: Frame,
  { x, scale, picture, over }: { x: number; scale: number; picture: number; over: boolean },
): void {
  raster.text(role, x, 18, 9, roleColor(role));
  const told = `${over ? 'END ' : ''}${Number(total.toFixed(1))}`;
  raster.text(told, x + PANEL - told.length * 7.8, 18, 9, LIGHT.line);
  raster.draw(drawing, x, TITLE, scale);
  const { actionSpace, actionNames, panels } = recording;
  const left = x + NAME;
  const width = PANEL - NAME;
  const top = TITLE + picture + MARGIN;
  for (let row = 0; row < barsOf(recording); row++) {
    const y = top + row * (panels.length * BAR + 6);
    raster.text(actionNames[row]!, x, y + panels.length * BAR - 4, 8, LIGHT.line);
    raster.rectangle(left, y, width, panels.length * BAR, hexOf('ground'));
    opinions.forEach((opinion, who) => {
      const color = roleColor(panels[who]!.role);
      const place = y + who * BAR + 1;
      if (actionSpace.kind === 'discrete')
        raster.rectangle(left, place, Math.max(1, width * opinion[row]!), BAR - 2, color);
      else if (actionSpace.kind === 'box') {
        const [low, high] = [actionSpace.low[row]!, actionSpace.high[row]!];
        const [mean, deviation] = [opinion[row]!, opinion[row + actionSpace.size]!];
        const at = (value: number) => (width * (Math.min(Math.max(value, low), high) - low)) / (high - low);
        const [from, to] = [at(mean - deviation), at(mean + deviation)];
        raster.rectangle(left + from, place, Math.max(2, to - from), BAR - 2, color);
      }
    });
  }
}
