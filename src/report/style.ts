import { FONT } from './svg';

/** Colours after Okabe & Ito, darkened on white and lightened on black until text in them reads well. */
export const LIGHT = `--paper:#fff;--panel:#f6f7f8;--ink:#1b1f24;--muted:#5a6572;--rule:#e2e6ea;
--teacher:#0a6eb4;--student:#c8500a;--reference:#7a4fb5;--baseline:#0b7f62;--extra-1:#9c4488;--extra-2:#8a6a00;--extra-3:#4a5bb8;
--good:#0b7f62;--good-back:#e4f4ef;--bad:#b4341d;--bad-back:#fbeae6;--warn:#855f00;--warn-back:#fbf2d9`;
export const DARK = `--paper:#14171b;--panel:#1c2025;--ink:#e7eaee;--muted:#9aa5b1;--rule:#2e343b;
--teacher:#5db7f0;--student:#ff9a52;--reference:#c3a5f5;--baseline:#43cda3;--extra-1:#e2a0cf;--extra-2:#e6c958;--extra-3:#a3b1ff;
--good:#5fd6b1;--good-back:#12322a;--bad:#ff9c88;--bad-back:#3a1c17;--warn:#f0cd72;--warn-back:#352a10`;

/** The report's style sheet. */
export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 ${FONT};font-variant-numeric:tabular-nums;overflow-wrap:break-word}
main{max-width:1000px;margin:0 auto;padding:56px 40px 96px}
h1{font-size:clamp(1.7rem,4.5vw,2.4rem);line-height:1.15;letter-spacing:-.022em;font-weight:680;margin:0 0 12px;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:1.2rem;line-height:1.3;letter-spacing:-.012em;font-weight:650;margin:0 0 18px}
section{margin-top:60px}
p{margin:0;text-wrap:pretty}
small{display:block;font-size:.8125rem;color:var(--muted);font-weight:400}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.8125rem}
code{overflow-wrap:anywhere}
pre{margin:12px 0 0;padding:14px 16px;background:var(--panel);border-radius:8px;line-height:1.5;white-space:pre-wrap;overflow-wrap:anywhere}
.eyebrow{font-size:.8125rem;font-weight:550;color:var(--muted);margin-bottom:10px}
.about{color:var(--muted);max-width:44em}
.meta{display:flex;flex-wrap:wrap;align-items:center;gap:6px 18px;margin-top:18px;font-size:.875rem;color:var(--muted)}
.status{padding:2px 10px;border-radius:99px;font-weight:600;background:var(--warn-back);color:var(--warn)}
.status.finished{background:var(--good-back);color:var(--good)}
.status.failed{background:var(--bad-back);color:var(--bad)}
.headline{margin-top:28px;font-size:clamp(1.125rem,2.6vw,1.375rem);line-height:1.45;letter-spacing:-.008em;max-width:40em}
.callout{margin-top:28px;padding:18px 20px;border-radius:10px;background:var(--warn-back)}
.callout.failed{background:var(--bad-back)}
.callout pre{background:var(--paper);margin:10px 0}
.callout p:first-child{font-weight:600}
.callout pre:last-child{margin-bottom:0}
.claims{list-style:none;margin:0;padding:0;border-top:1px solid var(--rule)}
.claims li{display:flex;gap:18px;align-items:baseline;padding:12px 0;border-bottom:1px solid var(--rule)}
.claims div{min-width:0}
.verdict{flex:none;width:86px;text-align:center;padding:2px 0;border-radius:99px;font-size:.8125rem;font-weight:600}
.met .verdict{background:var(--good-back);color:var(--good)}
.unmet .verdict{background:var(--bad-back);color:var(--bad)}
.found{color:var(--muted);font-size:.9375rem}
figure{margin:0;min-width:0}
figure svg{display:block;width:100%;height:auto;overflow:visible}
figcaption{font-size:.9375rem;line-height:1.4;margin-bottom:8px}
.intervals{margin-bottom:36px}
.intervals figcaption{color:var(--muted);margin-bottom:16px}
.intervals figcaption b{color:var(--ink)}
b{font-weight:620}
.narrow{display:none}
.fine{font-size:.8125rem;line-height:1.5;color:var(--muted);margin-top:10px}
figure .fine{margin-top:4px}
.scroll{overflow-x:auto;background:linear-gradient(var(--paper),var(--paper)) right/28px 100% no-repeat local,linear-gradient(to left,var(--rule),transparent) right/14px 100% no-repeat;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule)}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--teacher);outline-offset:3px;border-radius:4px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table{border-collapse:collapse;width:100%;font-size:.9375rem;line-height:1.4}
th,td{text-align:left;vertical-align:top;padding:9px 18px 9px 0;font-weight:400}
th:last-child,td:last-child{padding-right:4px}
thead th{padding:16px 18px 14px 0;min-width:150px}
.role{display:flex;align-items:center;gap:7px;font-size:.8125rem;font-weight:600}
.mark{width:12px;height:12px;flex:none}
.name{display:block;font-weight:620;overflow-wrap:anywhere}
.description{display:block;font-size:.8125rem;color:var(--muted);max-width:24em}
tbody th[scope=row]{color:var(--muted);min-width:150px}
.group th{padding:20px 0 7px;border-bottom:1px solid var(--rule);font-size:.8125rem;font-weight:620}
tbody tr:last-child th,tbody tr:last-child td{padding-bottom:14px}
td .value{font-weight:560;white-space:nowrap}
td .bounds{color:var(--muted);white-space:nowrap;font-size:.875rem}
.strong .value{font-size:1.125rem;font-weight:650}
tbody .strong th[scope=row]{color:var(--ink);font-weight:560}
.none{color:var(--muted)}
.curves{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));gap:36px 40px}
.curves figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 16px}
.curves figcaption b{overflow-wrap:anywhere}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;color:var(--muted);font-size:.8125rem}
.legend span{display:inline-flex;align-items:center;gap:6px;overflow-wrap:anywhere}
.legend svg{flex:none}
.legend svg:not(.mark){width:18px;height:8px;fill:none}
.legend svg.dot{width:8px}
details{margin-top:24px}
details>.curves,details>.facts{margin-top:20px}
summary{cursor:pointer;font-weight:560;font-size:.9375rem}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,290px),1fr));gap:28px 32px;margin-top:16px}
.pictures{max-width:100%;image-rendering:pixelated}
.confusion{width:auto;font-size:.8125rem;line-height:1.3}
.confusion th,.confusion td{padding:5px 8px;text-align:right;min-width:0!important;color:var(--ink)}
.confusion th{color:var(--muted)}
.confusion tbody tr:last-child>*{padding-bottom:5px}
.notes{margin:0;padding-left:1.2em;max-width:46em}
.notes li+li{margin-top:8px}
.notes li::marker{color:var(--muted)}
.facts{margin:0;font-size:.9375rem;border-top:1px solid var(--rule)}
.facts>div{display:grid;grid-template-columns:190px minmax(0,1fr);gap:2px 18px;padding:8px 0;border-bottom:1px solid var(--rule)}
.facts dt{color:var(--muted);overflow-wrap:anywhere}
.facts dd{margin:0;overflow-wrap:anywhere}
.facts p+p{margin-top:8px}
@media (max-width:640px){
main{padding:32px 18px 64px}
section{margin-top:44px}
.wide{display:none}.narrow{display:block}
.claims li{flex-direction:column;gap:8px}
.verdict{width:auto;padding:2px 10px}
.facts>div{grid-template-columns:1fr}
.comparison{font-size:.875rem}
.comparison th,.comparison td{padding-right:10px}
.comparison thead th{min-width:72px}
.description{display:none}
.comparison tbody th[scope=row]{padding-right:8px;font-size:.8125rem}
.strong .value{font-size:1rem}
.comparison tbody th[scope=row],.comparison thead td{min-width:90px;width:90px;max-width:90px;position:sticky;left:0;background:var(--paper);overflow-wrap:anywhere}
.comparison .group th span{position:sticky;left:0}
td .value,td .bounds{display:block}
td .bounds{font-size:.75rem;white-space:normal}
}
@media print{
main{max-width:none;padding:0}
section{margin-top:32px}
figure,tr,.claims li{break-inside:avoid}
h2{break-after:avoid}
.scroll{overflow:visible}
}
`;
