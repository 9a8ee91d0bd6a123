import { createHash } from 'node:crypto';
import { formatNumber, titleOf } from '../report/format';
import { html, Markup } from '../report/markup';
import { DARK, LIGHT } from '../report/style';
import { type Frontier, frontierCsv } from './frontier';
import { drawFrontier, frontierLegend, spokenPoint } from './frontier-chart';
import { formatOver, type Rows } from './text';

const WIDE = 920;
const NARROW = 340;

/** Style of the frontier's marks and links. */
export const FRONTIER_STYLE = `
.frontier .card{visibility:hidden;pointer-events:none}
.frontier .point:hover .card,.frontier .point:focus .card{visibility:visible}
.frontier .point:focus{outline:none}
.frontier .point:focus-visible circle{stroke:var(--ink);stroke-width:2}
.exports{display:flex;gap:14px;margin:14px 0 22px;font-size:.875rem}
.exports a{color:var(--teacher)}
`;

/** Draws the picture of the SVG link on a canvas, twice as large, and saves that: the page's only script. */
const PNG_SCRIPT = `document.getElementById('frontier-png').addEventListener('click',(event)=>{event.preventDefault();
const picture=new Image();picture.onload=()=>{const canvas=document.createElement('canvas');canvas.width=2*picture.width;canvas.height=2*picture.height;
const context=canvas.getContext('2d');context.fillStyle=getComputedStyle(document.body).backgroundColor;context.fillRect(0,0,canvas.width,canvas.height);
context.drawImage(picture,0,0,canvas.width,canvas.height);const link=document.createElement('a');link.download='frontier.png';
link.href=canvas.toDataURL('image/png');link.click()};picture.src=document.getElementById('frontier-svg').href})`;

/** What a Content-Security-Policy must name for the section's script to run. */
export const FRONTIER_SCRIPT_SOURCE = `'sha256-${createHash('sha256').update(PNG_SCRIPT).digest('base64')}'`;

/** The chart as a file of its own, light or dark as its reader is. */
export function frontierSvg(frontier: Frontier): string {
  const style = `svg{${LIGHT}}.card{visibility:hidden}@media (prefers-color-scheme:dark){svg{${DARK}}}`;
  return drawFrontier(frontier, WIDE)
    .text.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ')
    .replace('>', `><style>${style}</style><rect width="100%" height="100%" fill="var(--paper)"/>`);
}

/** A row a model: ε ascending, those without a guarantee last. */
export function frontierRows({ points, metric }: Frontier): Rows {
  const utilities = points.map(({ utility }) => utility);
  const advantages = points.flatMap(({ advantage }) => advantage ?? []);
  return [
    ['method', 'group', 'model', 'ε', 'δ', metric, 'attack advantage', 'seeds', 'Pareto'],
    ...points.map((point) => [
      point.method,
      point.letter,
      point.model,
      point.epsilon === undefined ? 'no guarantee' : formatNumber(point.epsilon),
      point.delta === undefined ? '–' : formatNumber(point.delta),
      formatOver(point.utility, utilities),
      formatOver(point.advantage, advantages),
      String(point.utility.n),
      point.onFront ? '●' : '',
    ]),
  ];
}

/** Chart, links to it as files, and what it shows in words. */
export function frontierFigure(frontier: Frontier): Markup {
  const spoken = frontier.points.map((point) => spokenPoint(point, frontier.metric).join(', ')).join('; ');
  const data = (type: string, text: string) => `data:${type};charset=utf-8,${encodeURIComponent(text)}`;
  const chart = (name: string, width: number) =>
    html`<div class="${name}" role="group" aria-label="${titleOf(frontier.metric)} against ε: ${spoken}">${drawFrontier(frontier, width)}</div>`;
  return html`<figure class="frontier"><figcaption><b>${titleOf(frontier.metric)}</b> against what is given away, ${frontier.higherIsBetter ? 'higher' : 'lower'} is better;
means over seeds with 95 % intervals</figcaption>${chart('wide', WIDE)}${chart('narrow', NARROW)}${frontierLegend(frontier)}
<p class="exports"><a id="frontier-svg" download="frontier.svg" href="${data('image/svg+xml', frontierSvg(frontier))}">SVG</a>
<a id="frontier-png" href="#privacy">PNG</a><a download="frontier.csv" href="${data('text/csv', frontierCsv(frontier))}">CSV</a></p></figure>
<script>${new Markup(PNG_SCRIPT)}</script>`;
}
