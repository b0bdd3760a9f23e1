/** The style sheet of `report.html`. */
export const STYLE: string = `
:root {
  --bg: #fff; --soft: #f5f6f8; --line: #e0e3e8; --ink: #1b1f26; --dim: #626b78; --green: #1a7f4b;
  --red: #c0262d; --yellow: #9a6500; --cyan: #0b6f86;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #14171c; --soft: #1d2129; --line: #2f3540; --ink: #e6e9ee; --dim: #98a1af;
    --green: #4cc38a; --red: #ff7a7f; --yellow: #f0b44c; --cyan: #5cc8de;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--bg); color: var(--ink);
  font: 16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif; overflow-wrap: anywhere;
}
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 1rem; }
header { border-top: .5rem solid var(--green); padding-top: 1.25rem; }
header.failed { border-color: var(--red); }
header.error { border-color: var(--yellow); }
.kind { margin: 0; color: var(--dim); font-size: .875rem; }
h1 { margin: .1rem 0 .5rem; font-size: 1.3rem; }
.summary { font-size: 1.1rem; margin: .5rem 0; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0; }
.counts a { border: 1px solid currentColor; border-radius: 2rem; padding: .15rem .8rem; text-decoration: none; }
.counts a.none { color: var(--dim); opacity: .6; }
.facts { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; color: var(--dim); font-size: .875rem; margin: .5rem 0; }
.passed, .partial { color: var(--green); }
.failed { color: var(--red); }
.error { color: var(--yellow); }
.note { color: var(--cyan); }
.skipped { color: var(--dim); }
header, header.passed, header.failed, header.error { color: var(--ink); }
code.word { font-weight: 400; }
.problem { color: var(--yellow); margin: .25rem 0; }
h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
h2 small { color: var(--dim); font-weight: 400; }
.above { margin: .25rem 0; font-size: .9rem; }
.above a { margin-right: .75rem; }
details.rule { border: 1px solid var(--line); border-radius: .5rem; margin: .4rem 0; background: var(--bg); }
details.rule.failed[open] { border-color: var(--red); }
details.rule.error[open] { border-color: var(--yellow); }
summary { cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
.rule>summary { display: flex; gap: .6rem; padding: .5rem .75rem; }
.rule>summary:focus-visible, .exchange>summary:focus-visible { outline: 2px solid var(--cyan); outline-offset: 2px; }
.mark { font-weight: 700; width: 1.1rem; flex: none; text-align: center; }
.rule .text { color: var(--ink); }
.rule.passed .text, .rule.skipped .text { color: var(--dim); }
code { font: 600 .875rem/1.4 ui-monospace,SFMono-Regular,Menlo,monospace; color: inherit; }
.reason { margin: .15rem 0 0; font-size: .9rem; color: var(--dim); }
.error .reason { color: var(--yellow); }
.inside { padding: 0 .75rem .75rem; color: var(--ink); }
.source, .label { color: var(--dim); font-size: .875rem; margin: .25rem 0; }
dl.breach {
  margin: .5rem 0; padding: .5rem .75rem; background: var(--soft); border-radius: .4rem;
  display: grid; grid-template-columns: 5rem 1fr; gap: .15rem .5rem;
}
dt { color: var(--dim); }
dd { margin: 0; }
.failed .seen { color: var(--red); }
.failed .choice .seen { color: var(--cyan); }
ul.tried { margin: .2rem 0 .5rem; padding-left: 1.2rem; font-size: .9rem; }
ul.tried small { color: var(--dim); }
dd a { font-size: .85rem; color: var(--cyan); }
pre {
  background: var(--soft); border-radius: .4rem; padding: .6rem .75rem; margin: .3rem 0;
  font: .8rem/1.45 ui-monospace,SFMono-Regular,Menlo,monospace; white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.exchange { border-left: 3px solid var(--line); padding-left: .6rem; margin: .35rem 0; font-size: .875rem; }
.exchange:target { border-color: var(--cyan); }
.number { color: var(--dim); display: inline-block; text-indent: 0; min-width: 2.2rem; }
.exchange small, .line small { color: var(--dim); }
.many>summary { text-decoration: underline; }
.line {
  display: block; padding-left: 2.6rem; text-indent: -2.6rem; color: inherit;
  text-decoration: none; font-size: .875rem; padding-top: .15rem; padding-bottom: .15rem;
}
.line:hover { text-decoration: underline; }
@media (max-width: 34rem) {
  dl.breach { grid-template-columns: 1fr; }
  header, main, footer { padding: .75rem; }
}
footer { color: var(--dim); font-size: .85rem; padding-bottom: 3rem; }
`
