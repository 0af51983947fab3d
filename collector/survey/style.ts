// The survey's own style, in the page itself: one request and no file to be built. Colours are
// those of the pages (dashboard/src/style/tokens.css).

export const STYLE = `
:root { color-scheme: light dark; --page: #f5f6f8; --text: #18212f; --subtle: #525d6e; --surface: #fff;
  --line: #d5dbe4; --control: #737e8f; --link: #14508c; --strong: #14508c; --on-strong: #fff;
  --problem: #9c1f12; --problem-surface: #fdeeeb; --focus: #0b4a8f; }
@media (prefers-color-scheme: dark) { :root { --page: #11161e; --text: #e5e9f0; --subtle: #a6b1c2;
  --surface: #19202b; --line: #303b4b; --control: #8290a5; --link: #8fc1f5; --strong: #8fc1f5;
  --on-strong: #0b1a2b; --problem: #ffb4a8; --problem-surface: #3d1b17; --focus: #8fc1f5; } }
*, *::before, *::after { box-sizing: border-box; }
html { background: var(--page); color: var(--text); line-height: 1.5; text-size-adjust: none;
  font-family: system-ui, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; }
body { margin: 0 auto; max-inline-size: 40rem; padding: 1rem; }
header { display: flex; justify-content: space-between; align-items: center; gap: 1rem; margin-block-end: 1rem; }
header b { font-size: 1.125rem; }
header a { padding: .5rem; }
main { background: var(--surface); border: 1px solid var(--line); border-radius: .625rem; padding: clamp(1rem, 4vw, 2rem); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; text-wrap: balance; }
h2 { font-size: 1.125rem; margin: 0 0 .5rem; }
p { margin: 0 0 1rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.subtle, .hint { color: var(--subtle); }
.hint { font-size: .9375rem; margin: 0 0 .25rem; }
fieldset { border: 0; margin: 0 0 1.5rem; padding: 0; min-inline-size: 0; }
legend { font-weight: 650; font-size: 1.125rem; padding: 0; margin-block-end: .5rem; }
.choice { border: 1px solid var(--line); border-radius: .375rem; margin-block-end: .5rem; }
.choice > label, .sub .option { display: flex; align-items: center; gap: .75rem; padding: .75rem 1rem; min-block-size: 2.75rem; cursor: pointer; }
.choice:has(> label > input:checked) { border-color: var(--strong); box-shadow: inset 0 0 0 1px var(--strong); }
input[type=radio], input[type=checkbox] { inline-size: 1.25rem; block-size: 1.25rem; flex: none; margin: 0; accent-color: var(--strong); }
.sub { padding: .25rem 1rem 1rem 3rem; }
.sub fieldset { margin: 0; }
.sub legend { font-size: 1rem; margin-block-end: .25rem; }
.sub .option { padding: .375rem 0; }
@supports selector(:has(*)) {
  .choice:not(:has(> label > input:checked)) > .sub { display: none; }
  .sub:not(:has(#why-other:checked)) .why-text { display: none; }
}
form { margin-block-end: 1rem; }
.field { margin-block-end: 1rem; }
.why-text > label { font-weight: 650; }
.field > label { display: block; font-weight: 650; }
input[type=text], textarea { inline-size: 100%; font: inherit; color: inherit; background: var(--surface);
  border: 1px solid var(--control); border-radius: .375rem; padding: .5rem .75rem; min-block-size: 2.75rem; }
input.short { max-inline-size: 9rem; }
[aria-invalid=true] { border: 2px solid var(--problem); }
.fault { color: var(--problem); font-weight: 650; margin: 0 0 .25rem; }
.faults { border: 2px solid var(--problem); background: var(--problem-surface); border-radius: .375rem; padding: 1rem; margin-block-end: 1.5rem; }
.faults ul { margin: 0; padding-inline-start: 1.25rem; }
.faults a { color: var(--problem); }
button { font: inherit; font-weight: 650; border: 0; border-radius: .375rem; padding: .625rem 1.5rem;
  min-block-size: 2.75rem; background: var(--strong); color: var(--on-strong); cursor: pointer; }
dl { margin: 0 0 1rem; } dt { font-weight: 650; } dd { margin: 0 0 .5rem; overflow-wrap: anywhere; white-space: pre-line; }
main > :last-child { margin-block-end: 0; }
footer { color: var(--subtle); font-size: .875rem; padding: 1rem 0; }
@media (max-width: 30rem) { button { inline-size: 100%; } .sub { padding-inline-start: 1rem; } }
`;
