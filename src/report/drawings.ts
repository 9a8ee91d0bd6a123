import type { Confusion, Images, Lines, Scatter } from '../core/results';
import { lines } from './lines';
import { html, Markup } from './markup';
import { roleColor } from './palette';
import { png } from './png';
import { drawSvg } from './svg';

const PANEL = 300;

/** Panels beside each other, with what their colours mean. */
export function drawingFigure(drawing: Scatter | Confusion | Lines | Images, name: string): Markup {
  if (drawing.kind === 'lines') return lines(drawing, name);
  if (drawing.kind === 'images') return pictures(drawing);
  return drawing.kind === 'scatter' ? scatter(drawing, name) : confusion(drawing);
}

function scatter({ classes, panels }: Scatter, name: string): Markup {
  const color = (i: number) => `hsl(${Math.round((360 * i) / classes.length)} 62% 48%)`;
  const legend = classes.map(
    (label, i) =>
      html`<span><svg class="dot" viewBox="0 0 8 8" aria-hidden="true"><circle cx="4" cy="4" r="4" fill="${color(i)}"/></svg>${label}</span>`,
  );
  return html`<p class="legend">${legend}</p><div class="panels">${panels.map(({ title, points }, panel) => {
    const svg = drawSvg(`${name}-${panel}`, PANEL, PANEL, {
      grid: { left: 4, right: 4, top: 4, bottom: 4 },
      xAxis: { type: 'value', scale: true, show: false },
      yAxis: { type: 'value', scale: true, show: false },
      series: classes.map((_, i) => ({
        type: 'scatter' as const,
        silent: true,
        symbolSize: 5,
        itemStyle: { color: color(i), opacity: 0.8 },
        data: points.filter(([, , label]) => label === i).map(([x, y]) => [x, y]),
      })),
    });
    return html`<figure><figcaption><b>${title}</b></figcaption><div role="img" aria-label="${title}: ${points.length} examples, coloured by class">${new Markup(svg)}</div></figure>`;
  })}</div>`;
}

/** Ten in a row, as one picture. */
function pictures({ title, shape: [height, width, channels], images }: Images): Markup {
  const across = Math.min(10, images.length);
  const rows = Math.ceil(images.length / across);
  const sheet = new Uint8Array(rows * height * across * width * channels);
  const stride = across * width * channels;
  images.forEach((pixels, i) => {
    const image = Buffer.from(pixels, 'base64');
    const [row, column] = [Math.floor(i / across), i % across];
    for (let y = 0; y < height; y++)
      sheet.set(
        image.subarray(y * width * channels, (y + 1) * width * channels),
        (row * height + y) * stride + column * width * channels,
      );
  });
  const picture = png(sheet, across * width, rows * height, channels === 3 ? 3 : 1).toString('base64');
  return html`<figure><img class="pictures" alt="${title}: ${images.length} images" width="${2 * across * width}" src="data:image/png;base64,${picture}"></figure>`;
}

function confusion({ classes, panels }: Confusion): Markup {
  return html`<p class="fine">Rows: the true class; columns: the class decided for; the deeper the colour, the greater its share of the row.</p>
<div class="panels">${panels.map(({ title, role, counts }) => {
    const rows = counts.map((row, i) => {
      const total = row.reduce((sum, count) => sum + count, 0);
      const cells = row.map((count) => {
        const share = total === 0 ? 0 : Math.round((70 * count) / total);
        return html`<td style="background:color-mix(in srgb,${roleColor(role)} ${share}%,transparent)">${count}</td>`;
      });
      return html`<tr><th scope="row">${classes[i]}</th>${cells}</tr>`;
    });
    return html`<figure><figcaption><b>${title}</b></figcaption><div class="scroll" tabindex="0" role="region" aria-label="${title}"><table class="confusion">
<thead><tr><td></td>${classes.map((label) => html`<th scope="col">${label}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div></figure>`;
  })}</div>`;
}
