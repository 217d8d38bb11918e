import { type Html, html } from './html.ts'

/** The page's colours follow the system, or what is chosen on it; on paper they are light. */
export const STYLE: Html = html`
:root {
  color-scheme: light dark;
  --page: light-dark(#ffffff, #14181d);
  --ink: light-dark(#1b2129, #e4e8ec);
  --soft: light-dark(#55606c, #a3aebb);
  --line: light-dark(#d5dbe1, #343c46);
  --tint: light-dark(#f4f6f8, #1c2229);
  --link: light-dark(#0a58a8, #7db8f0);
  --data: light-dark(#0b62b0, #6cb2f5);
  --attackers: light-dark(#c2410c, #f58a4b);
  --honest: light-dark(#0b62b0, #6cb2f5);
  --held: light-dark(#17703a, #6fd195);
  --failed: light-dark(#b3261e, #ff9b91);
  --heat-low: light-dark(#f6f8fa, #1b2027);
  --heat-high: light-dark(#7fbaf0, #1f5d99);
  --untrusted: light-dark(#ffffff, #14181d);
  --probation: light-dark(#dbe4ec, #37424d);
  --known: light-dark(#9cc9e8, #3d6b8f);
  --trusted: light-dark(#3a8ac9, #5aa5e0);
  --vouched: light-dark(#0a3f75, #c3e3ff);
}
:root:has(#theme-light:checked) { color-scheme: light; }
:root:has(#theme-dark:checked) { color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
header, main { max-width: 74rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1rem; }
h1 { margin: 0.2rem 0; font-size: clamp(1.5rem, 5vw, 2.2rem); line-height: 1.2; text-wrap: balance; }
h2 { margin: 0 0 0.6rem; font-size: 1.35rem; line-height: 1.3; }
h3 { margin: 1.4rem 0 0.4rem; font-size: 1.05rem; }
section { margin: 0 0 2.6rem; }
p { margin: 0 0 0.8rem; max-width: 46rem; }
a { color: var(--link); }
code { font: 0.92em ui-monospace, monospace; overflow-wrap: anywhere; }
small, .note, .unit, .groups { color: var(--soft); }
.note, .groups { font-size: 0.92rem; }
.kind { margin: 0; color: var(--soft); font-size: 0.92rem; }
.question { font-size: 1.15rem; margin-bottom: 1.2rem; }
.theme { float: right; margin: 0 0 0.5rem 1rem; padding: 0; border: 0; font-size: 0.85rem; color: var(--soft); }
.theme legend { float: left; padding: 0; margin-right: 0.5rem; }
.theme label { margin-left: 0.3rem; white-space: nowrap; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; margin: 0 0 2rem; padding: 0; list-style: none; }
nav a { display: inline-block; padding: 0.2rem 0; }
.verdict { padding: 1rem 1.2rem; border: 1px solid var(--line); border-left: 0.4rem solid var(--held); border-radius: 0.4rem; background: var(--tint); }
.verdict.failed { border-left-color: var(--failed); }
.verdict h2 { font-size: 1rem; color: var(--held); }
.verdict.failed h2 { color: var(--failed); }
.answer { font-size: 1.3rem; line-height: 1.4; max-width: 56rem; }
.claims { margin: 0; padding: 0; list-style: none; }
.claims li { display: grid; grid-template-columns: 5rem 1fr; padding: 0.25rem 0; }
.claims .held b { color: var(--held); }
.claims .failed b { color: var(--failed); }
.scroll { overflow-x: auto; margin: 0 0 1rem; }
table { border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.2rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 1.2rem 0.35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
section > .scroll caption { position: absolute; clip-path: inset(50%); }
thead th { color: var(--soft); font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 400; min-width: 10rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20.5rem), 1fr)); gap: 0 2rem; margin: 0.8rem 0 1rem; }
.panel { display: grid; grid-template-rows: subgrid; grid-row: span 2; gap: 0; margin-bottom: 1rem; }
.graphs { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem 2rem; }
figure { margin: 0; min-width: 0; }
figcaption { margin-bottom: 0.4rem; line-height: 1.35; }
.plot, .graph { display: block; width: 100%; height: auto; max-width: 30rem; }
.plot { font-size: 12px; overflow: visible; }
.plot text { white-space: pre; }
.panel.wide { overflow-x: auto; }
.graph { max-width: none; border: 1px solid var(--line); border-radius: 0.4rem; }
.graph circle, .graph polygon { stroke: var(--ink); stroke-width: 1.2; fill: var(--page); }
.graph .untrusted > :is(circle, polygon) { fill: var(--untrusted); }
.graph .probation > :is(circle, polygon) { fill: var(--probation); }
.graph .known > :is(circle, polygon) { fill: var(--known); }
.graph .trusted > :is(circle, polygon) { fill: var(--trusted); }
.graph .vouched > :is(circle, polygon) { fill: var(--vouched); }
.graph .cut { stroke: var(--failed); stroke-width: 2.5; }
.graph .for, .graph .against { fill: none; stroke: var(--ink); stroke-opacity: 0.3; }
.graph .against { stroke: var(--failed); stroke-opacity: 0.7; stroke-dasharray: 4 3; }
.graph.key { display: inline-block; width: 1.2rem; height: 1.2rem; border: 0; vertical-align: -0.25rem; }
.graph.key :is(.for, .against) { stroke-opacity: 0.9; stroke-width: 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0 0 0.4rem; padding: 0; list-style: none; font-size: 0.92rem; }
.graphs { margin-top: 1rem; }
.groups { margin: 0.4rem 0; padding: 0; list-style: none; }
.control { display: flex; gap: 0.7rem; align-items: center; max-width: none; }
.control[hidden] { display: none; }
.control input { flex: 1; min-width: 0; height: 2rem; accent-color: var(--data); }
.key-line, .key-band { display: inline-block; width: 1.6rem; height: 0.75rem; background: var(--data); opacity: 0.18; }
.key-band.half { opacity: 0.5; }
.key-line { height: 0.2rem; opacity: 1; vertical-align: 0.25rem; }
details { margin: 0 0 1rem; }
summary { cursor: pointer; color: var(--link); padding: 0.3rem 0; }
details[open] summary { margin-bottom: 0.6rem; }
.command { overflow-x: auto; padding: 0.8rem 1rem; background: var(--tint); border: 1px solid var(--line); border-radius: 0.4rem; }
.command code { overflow-wrap: normal; user-select: all; }
dl { display: grid; grid-template-columns: auto; gap: 0 1.2rem; margin: 0 0 1rem; }
dt { color: var(--soft); }
dd { margin: 0 0 0.5rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) {
  .theme { float: none; margin: 0 0 0.8rem; }
  .claims li { grid-template-columns: 1fr; }
  .answer { font-size: 1.15rem; }
}
@media print {
  :root, :root:has(#theme-dark:checked) { color-scheme: light; }
  nav, .theme, .control, .control[hidden] { display: none; }
  figure, .verdict, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  body { font-size: 10pt; }
  .panels { grid-template-columns: 1fr 1fr; }
  .command { white-space: pre-wrap; }
  .frame { display: none; }
  .frame:last-of-type { display: block; }
}
`

/** Shows the picture of the time that the slider stands at. Without it, the first and the last are there. */
export const SCRIPT: Html = html`
const control = document.getElementById("time-control")
if (control) {
  const slider = document.getElementById("time")
  const frames = [...document.querySelectorAll(".frame")]
  const show = () => {
    const current = frames[slider.valueAsNumber]
    for (const frame of frames) frame.hidden = frame !== current
    slider.setAttribute("aria-valuetext", current.dataset.says)
    document.getElementById("time-now").textContent = current.dataset.time
  }
  slider.addEventListener("input", show)
  control.hidden = false
  show()
}
`
