import { DARK, LIGHT, variableOf, variables } from './inks';
import { PLAYER } from './player';
import type { Recording } from './recording';
import { shapeMarkup, svgOf } from './svg';

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const THEME = `:root{color-scheme:light dark;--paper:#fff;--text:#1b1f24;--quiet:#5a6572;--rule:#e2e6ea;--teacher:#0a6eb4;--student:#c8500a;--baseline:#0b7f62;${variables(LIGHT)}}
@media(prefers-color-scheme:dark){:root{--paper:#14171b;--text:#e7eaee;--quiet:#9aa5b1;--rule:#2e343b;--teacher:#5db7f0;--student:#ff9a52;--baseline:#43cda3;${variables(DARK)}}}`;

const STYLE = `${THEME}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--text);font:15px/1.5 system-ui,-apple-system,Segoe UI,Roboto,Helvetica Neue,Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:36px 24px 32px}
h1{font-size:1.5rem;line-height:1.2;letter-spacing:-.015em;margin:0 0 4px;overflow-wrap:anywhere}
p{margin:0;color:var(--quiet)}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:28px;margin:26px 0 20px}
h2{display:flex;justify-content:space-between;gap:12px;font-size:1rem;margin:0 0 10px}
h2 span{font-weight:400;color:var(--quiet)}
.panel svg{display:block;width:100%;height:auto;max-height:52vh;background:var(--paper);border:1px solid var(--rule);border-radius:8px}
.rows{margin-top:14px;display:grid;gap:7px}
.row{display:grid;grid-template-columns:5.5em 1fr;gap:10px;align-items:center;font-size:.875rem}
.row.taken{font-weight:650}
.bars{display:grid;gap:2px}
.bars div{display:flex;align-items:center;gap:8px}
.track{position:relative;flex:1;height:9px;border-radius:5px;background:var(--ink-ground);overflow:hidden}
.fill{position:absolute;top:0;bottom:0;border-radius:5px}
.bars output{width:5.2em;text-align:right;font-size:.75rem;font-weight:400;color:var(--quiet)}
.controls{position:sticky;bottom:0;display:flex;flex-wrap:wrap;align-items:center;gap:10px 14px;padding:14px 0;background:var(--paper);border-top:1px solid var(--rule)}
.controls input{flex:1;min-width:160px;accent-color:var(--teacher)}
button,select{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--rule);border-radius:6px;padding:5px 12px}
button{min-width:5.5em;cursor:pointer}
:focus-visible{outline:2px solid var(--teacher);outline-offset:2px}
.key{display:flex;flex-wrap:wrap;gap:4px 18px;margin-top:14px;font-size:.875rem;color:var(--quiet)}
.key i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px;vertical-align:-1px}`;

/**
 * A recording as one page that needs nothing else: the panels side by side, under each what every policy would do in the
 * state shown. Shapes that come again are written once.
 */
export function pageOf(recording: Recording, { title, about }: { title: string; about: string }): string {
  const numbers = new Map<string, number>();
  const shapes: string[] = [];
  const numberOf = (markup: string) => {
    let number = numbers.get(markup);
    if (number === undefined) {
      number = shapes.length;
      numbers.set(markup, number);
      shapes.push(markup);
    }
    return number;
  };
  const round = (value: number) => Number(value.toPrecision(4));
  const panels = recording.panels.map(({ role, frames, end }) => ({
    role,
    end,
    pictures: frames.map(({ drawing }) => drawing.shapes.map((shape) => numberOf(shapeMarkup(shape, variableOf)))),
    totals: frames.map(({ total }) => round(total)),
    actions: frames.map(({ action }) => action ?? null),
    opinions: frames.map(({ opinions }) => opinions.map((opinion) => opinion.map(round))),
  }));
  const space = recording.actionSpace;
  const bounds = space.kind === 'box' ? Array.from(space.low, (low, k) => [low, space.high[k]!]) : null;
  const data = { shapes, panels, names: recording.actionNames, bounds };
  // Nothing in the data may end the script.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1><p>${escaped(about)}</p>
<div class="key">${recording.panels.map(({ role }) => `<span><i style="background:var(--${role},#7a4fb5)"></i>${escaped(role)}</span>`).join('')}</div>
<div class="panels">${recording.panels.map((panel) => panelMarkup(recording, panel)).join('')}</div>
<div class="controls"><button type="button" id="play">Play</button>
<input type="range" id="at" min="0" value="0" aria-label="step"><output id="told"></output>
<label>speed <select id="speed"><option value="0.25">¼</option><option value="0.5">½</option><option value="1" selected>1</option><option value="2">2</option><option value="4">4</option></select></label></div>
</main><script>const data=${json};${PLAYER}</script></body></html>
`;
}

function panelMarkup({ panels, actionNames }: Recording, { role, frames }: Recording['panels'][number]): string {
  const { width, height } = frames[0]!.drawing;
  const empty = svgOf({ width, height, shapes: [] }, { size: 480 }).replace(
    '<svg ',
    `<svg role="img" aria-label="${escaped(role)} at work" `,
  );
  const bar = (who: string) =>
    `<div><div class="track"><div class="fill" style="background:var(--${who},#7a4fb5)"></div></div><output></output></div>`;
  const rows = actionNames.map(
    (name) =>
      `<div class="row"><span>${escaped(name)}</span><div class="bars">${panels.map((panel) => bar(panel.role)).join('')}</div></div>`,
  );
  return `<section class="panel"><h2>${escaped(role)}<span></span></h2>${empty}<div class="rows">${rows.join('')}</div></section>`;
}
