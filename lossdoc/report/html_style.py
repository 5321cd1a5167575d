"""How a page of HTML looks (light and dark, narrow and wide, on paper), and its only script."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --page: #fff; --soft: #f3f4f6; --line: #c9ccd1;
  --error: #a4161a; --warning: #7a4b00; --note: #1d4e89; --healthy: #1b5e20; }
:root { --train-loss: #0072b2; --val-loss: #d55e00; --learning-rate: #009e73; --grad-norm: #a8568a;
  --quiet: #6b6b6b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --page: #16181c; --soft: #22252b;
  --line: #444a54; --error: #ff8a80; --warning: #ffca6b; --note: #8ec5ff; --healthy: #8fd694;
  --train-loss: #56b4e9; --val-loss: #e69f00; --learning-rate: #3fc79a; --grad-norm: #e3a5c9;
  --quiet: #a8a8a8; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main, footer { max-width: 56rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.3rem; } h3 { font-size: 1.05rem; margin: 0 0 .5rem; }
a { color: inherit; }
.story { font-size: 1.1rem; }
.badge, .level { font-weight: 700; border: 2px solid; border-radius: .3rem; padding: 0 .4rem;
  white-space: nowrap; }
.failing, .level.error { color: var(--error); } .at-risk, .level.warning { color: var(--warning); }
.inconclusive, .level.note { color: var(--note); } .healthy { color: var(--healthy); }
article { border-left: .3rem solid var(--line); background: var(--soft); padding: .8rem 1rem;
  margin: 1rem 0; break-inside: avoid; }
article.error { border-color: var(--error); } article.warning { border-color: var(--warning); }
figure { margin: 1rem 0; max-width: 40rem; break-inside: avoid; }
figcaption { font-size: .85rem; }
svg { display: block; width: 100%; height: auto; } svg text { fill: currentColor; }
svg.small { width: 7.5rem; fill: none; stroke: var(--train-loss); stroke-width: 1.5; }
svg .onset { stroke: currentColor; stroke-width: 1; stroke-dasharray: 3 2; }
.bar { min-height: 2rem; } button { font: inherit; color: inherit; background: var(--soft);
  border: 1px solid var(--line); border-radius: .3rem; padding: .1rem .7rem; cursor: pointer; }
:focus-visible { outline: 3px solid var(--note); outline-offset: 2px; }
summary { cursor: pointer; padding: .2rem 0; }
.wide { overflow-x: auto; overflow-wrap: break-word; } table { border-collapse: collapse; }
table { overflow-wrap: break-word; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); }
pre { background: var(--page); border: 1px solid var(--line); padding: .6rem; overflow-x: auto; }
.glance { font-family: monospace; white-space: pre; }
section + section { border-top: 1px solid var(--line); }
footer { border-top: 1px solid var(--line); font-size: .85rem; }
@media (max-width: 40rem) { pre { white-space: pre-wrap; }
  .overview table, .overview tbody { display: block; } .overview thead { display: none; }
  .overview tr { display: grid; grid-template-columns: 1fr 7.5rem; padding: .5rem 0;
    border-bottom: 1px solid var(--line); }
  .overview td { grid-column: 1 / -1; border: 0; padding: .1rem 0; }
  .overview td:nth-child(1), .overview td:nth-child(3) { grid-column: auto; grid-row: 1; } }
@media print { :root { font-size: 11px; } body { font-size: 1rem; } .bar { display: none; } pre { white-space: pre-wrap; }
  .wide { overflow: visible; } table { overflow-wrap: anywhere; }
  details::details-content { content-visibility: visible; block-size: auto; } }
"""

SCRIPT = """
for (const text of document.querySelectorAll("pre.copy")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      told.textContent = " copied";
    } catch {
      getSelection().selectAllChildren(text);
      told.textContent = document.execCommand("copy") ? " copied" : " selected: press Ctrl+C";
    }
    setTimeout(() => { told.textContent = ""; }, 2000);
  });
  const bar = document.createElement("div");
  bar.className = "bar";
  bar.append(button, told);
  text.before(bar);
}
"""
"""Copy buttons: all else of a page works without a script."""
