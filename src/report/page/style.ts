/** The page's style sheet: one column to read, tables and figures as wide as they need, light and dark, printable. */
import { inTheDark } from "./figures.ts"

/** In the dark the figures' colours are exchanged one by one: presentation attributes yield to style sheets. */
const darkFigures = Object.entries(inTheDark)
  .map(([light, dark]) => `.panel svg [fill="${light}"]{fill:${dark}}.panel svg [stroke="${light}"]{stroke:${dark}}`)
  .join("\n")

export const styleSheet = `
:root{--ink:#1c2127;--muted:#5c6670;--line:#dfe3e8;--paper:#fff;--soft:#f5f7f9;--link:#0b5cad;--yes:#00734f;--no:#a63c00;--open:#5c6670}
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:66rem;padding:2.5rem 1.25rem 5rem;color:var(--ink);background:var(--paper);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;overflow-wrap:break-word}
h1{font-size:2rem;line-height:1.2;letter-spacing:-.015em;margin:0 0 .6rem;text-wrap:balance}
h2{font-size:1.35rem;line-height:1.3;letter-spacing:-.01em;margin:3.5rem 0 1rem;padding-top:1.1rem;border-top:1px solid var(--line)}
p,ul{max-width:46rem}
ul{padding-left:1.3rem}
a{color:var(--link)}
code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--soft);padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
pre{background:var(--soft);padding:.8rem 1rem;border-radius:6px;overflow-x:auto}
pre code{padding:0;background:none}
.lead{font-size:1.15rem;line-height:1.5;color:var(--muted)}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;margin:1.4rem 0 0;max-width:none;font-size:.92rem}
nav .parts{margin:.8rem 0 0;font-size:.92rem}
nav .parts ul{display:block;margin:.3rem 0 0;columns:22rem;column-gap:2rem}
nav .parts li{break-inside:avoid;margin:.15rem 0}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
.claims{list-style:none;padding:0;max-width:52rem}
.claims li{display:grid;grid-template-columns:3.6rem 1fr;gap:.8rem;padding:.65rem 0;border-bottom:1px solid var(--line)}
.claims li:first-child{border-top:1px solid var(--line)}
.mark{justify-self:start;align-self:start;margin-top:.18rem;font-size:.78rem;line-height:1.4;font-weight:600;padding:0 .55rem;border:1px solid;border-radius:1rem}
.question{font-weight:600}
.mark.yes{color:var(--yes)}.mark.no{color:var(--no)}.mark.open{color:var(--open)}
.title{display:inline;font-size:1rem;line-height:1.6;font-weight:600;margin:0;max-width:none}
.csv{font-size:.78rem;font-weight:400;margin-left:.35rem}
.files{margin:.2rem 0 .4rem}
.files .csv{margin:0}
.note,figcaption{font-size:.88rem;line-height:1.5;color:var(--muted);max-width:46rem;margin:.6rem 0 0}
figure,.table{margin:1.8rem 0 2.6rem}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1.2rem 1.5rem}
.panel{min-width:0;max-width:34rem}
.panel svg{display:block;width:100%;height:auto;overflow:visible}
.scroll{overflow-x:auto;margin-top:.5rem}
.panels{margin-top:.5rem}
.filter{display:block;margin-top:.5rem;font-size:.86rem;color:var(--muted)}
.filter input{font:inherit;width:14rem;max-width:60vw;padding:.15rem .4rem;color:var(--ink);background:var(--paper);border:1px solid var(--muted);border-radius:4px}
thead button{all:unset;cursor:pointer;font:inherit;text-align:inherit}
thead button:hover{text-decoration:underline}
thead button:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
[aria-sort=ascending] button::after{content:" ↑"}
[aria-sort=descending] button::after{content:" ↓"}
.sorted .repeated{color:inherit}
[hidden]{display:none}
.scroll:focus-visible{outline:2px solid var(--link);outline-offset:2px}
table{border-collapse:collapse;font-size:.86rem;line-height:1.35;font-variant-numeric:tabular-nums lining-nums;border-top:1.5px solid var(--ink);border-bottom:1.5px solid var(--ink)}
th,td{padding:.36rem .7rem .36rem 0;text-align:left;vertical-align:baseline;font-weight:400;white-space:nowrap}
tbody td:last-child{padding-right:.2rem}
thead th{font-weight:600;vertical-align:bottom}
thead tr:last-child th{border-bottom:1px solid var(--muted)}
thead th[rowspan]{border-bottom:1px solid var(--muted)}
th.group{text-align:center;padding-left:.8rem;border-bottom:1px solid var(--line)}
.number{text-align:right;padding-left:.5rem}
tbody tr+tr>*{border-top:1px solid var(--line)}
tbody tr:hover>*{background:var(--soft)}
.repeated{color:var(--muted)}
td.narrow{white-space:normal;min-width:3.3rem;font-size:.92em;color:var(--muted)}
td.wrap{white-space:normal;min-width:16rem}
summary{cursor:pointer;padding:.3rem 0}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:40rem){body{padding-top:1.5rem}h1{font-size:1.6rem}.claims li{grid-template-columns:1fr;gap:.3rem}}
@media screen and (prefers-color-scheme:dark){
:root{--ink:#e6e9ec;--muted:#a3adb7;--line:#333a42;--paper:#15181c;--soft:#20252b;--link:#7db8f2;--yes:#4fce9f;--no:#f59a6b;--open:#a3adb7}
${darkFigures}
}
@media print{
body{max-width:none;padding:0;font-size:10pt}
nav,.csv,.filter{display:none}
h2{margin-top:1.6rem;break-after:avoid}
.title{break-after:avoid}
figure,.claims li,tr{break-inside:avoid}
.panels{grid-template-columns:1fr 1fr}
.scroll{overflow:visible}
table{font-size:7.5pt}
th,td{padding-right:.4rem}
}
`
