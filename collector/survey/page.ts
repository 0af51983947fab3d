// The survey's pages as HTML, made on the collector and without script: the form, its
// confirmation, and why there is no form. Pure.
import type { Location } from '#shared/model/location.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Text } from '#shared/wire/api.ts';
import { type Language, WORDS } from '../dossiers/words.ts';
import type { Fault, FieldId, Fields } from './form.ts';
import { type Html, html } from './html.ts';
import { STYLE } from './style.ts';
import { FAULT_TEXTS, NOTICES, type Notice, TEXTS } from './texts.ts';

export interface Frame {
  readonly language: Language;
  /** Path of the page; the other language is the same with `?lang=`. */
  readonly path: string;
  /** Lets the style in (Content-Security-Policy). */
  readonly nonce: string;
}

export interface FormPage extends Frame {
  readonly location: Location;
  readonly answerBy: EpochMs;
  readonly fields: Fields;
  readonly faults: readonly Fault[];
}

export function formPage(page: FormPage): string {
  const { language, location, answerBy, fields, faults, path } = page;
  const say = (text: Text) => text[language];
  const body = html`
    ${faults.length > 0 && faultSummary(faults, say)}
    <h1>${say(TEXTS.title)}</h1>
    <p class="subtle">${placeOf(location)}</p>
    <p>${say(TEXTS.lead)}</p>
    <form method="post" action="${path}" novalidate>
      <input type="hidden" name="lang" value="${language}">
      ${viewFields(fields, faults, say)}
      ${checkFields(page, say)}
      <button type="submit">${say(TEXTS.send)}</button>
    </form>
    <p class="subtle">${say(TEXTS.answerBy)} ${WORDS[language].lastDay(answerBy)}.</p>`;
  return document(
    page,
    `${faults.length > 0 ? say(TEXTS.faultTitle) : ''}${say(TEXTS.title)}`,
    body,
  );
}

export interface DonePage extends Frame {
  readonly location: Location;
  readonly answerBy: EpochMs;
  readonly fields: Fields;
}

export function donePage(page: DonePage): string {
  const { language, location, answerBy, fields, path } = page;
  const say = (text: Text) => text[language];
  const view = fields.view as keyof typeof TEXTS.next;
  const rows: readonly (readonly [Text, string])[] = [
    [TEXTS.yourAnswer, say(VIEW_TEXTS[view] ?? TEXTS.suffices)],
    [TEXTS.reason, reasonText(fields, say)],
    [TEXTS.tooMuch, costText(fields, say)],
    [TEXTS.pupils, fields.pupils],
    [TEXTS.buildings, fields.buildings],
    [TEXTS.name, fields.contactName],
  ];
  const body = html`
    <h1>${say(TEXTS.thanks)}</h1>
    <p class="subtle">${placeOf(location)}</p>
    <dl>${rows
      .filter(([, value]) => value !== '')
      .map(([name, value]) => html`<dt>${say(name)}</dt><dd>${value}</dd>`)}</dl>
    <p>${say(TEXTS.next[view] ?? TEXTS.next.suffices)}</p>
    <p><a href="${path}?lang=${language}">${say(TEXTS.change)}</a></p>
    <p class="subtle">${say(TEXTS.answerBy)} ${WORDS[language].lastDay(answerBy)}. ${say(TEXTS.close)}</p>`;
  return document(page, say(TEXTS.thanks), body);
}

export function noticePage(page: Frame, notice: Notice): string {
  const { heading, text } = NOTICES[notice];
  const { language } = page;
  const body = html`<h1>${heading[language]}</h1><p>${text[language]}</p>`;
  return document(page, heading[language], body);
}

const VIEW_TEXTS = {
  suffices: TEXTS.suffices,
  too_costly: TEXTS.tooCostly,
  wants_better: TEXTS.wantsBetter,
} as const;

type Say = (text: Text) => string;

function document({ language, path, nonce }: Frame, title: string, body: Html): string {
  const other = language === 'nl' ? 'en' : 'nl';
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title}</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${{ html: STYLE }}</style>
</head>
<body>
<header><b>Meetnet</b><nav aria-label="${language === 'nl' ? 'Taal' : 'Language'}"><a href="${path}?lang=${other}" lang="${other}" hreflang="${other}">${TEXTS.otherLanguage[language]}</a></nav></header>
<main>${body}</main>
<footer>${TEXTS.privacy[language]}</footer>
</body>
</html>
`;
  return page.html;
}

function faultSummary(faults: readonly Fault[], say: Say): Html {
  return html`<div class="faults" role="alert"><h2>${say(TEXTS.faults)}</h2><ul>${faults.map(
    ({ field, code }) => html`<li><a href="#${field}">${say(FAULT_TEXTS[code])}</a></li>`,
  )}</ul></div>`;
}

function viewFields(fields: Fields, faults: readonly Fault[], say: Say): Html {
  const choice = (value: keyof typeof VIEW_TEXTS, sub: Html | false) => html`<div class="choice">
    <label><input type="radio" name="view" id="view-${value}" value="${value}"${checked(fields.view === value)}> <span>${say(VIEW_TEXTS[value])}</span></label>
    ${sub !== false && html`<div class="sub">${sub}</div>`}</div>`;
  return html`<fieldset${describedBy('view-suffices', faults)}><legend>${say(TEXTS.question)}</legend>
    ${faultOf('view-suffices', faults, say)}
    ${choice('suffices', whyFields(fields, faults, say))}
    ${choice('too_costly', costFields(fields, faults, say))}
    ${choice('wants_better', false)}</fieldset>`;
}

function whyFields(fields: Fields, faults: readonly Fault[], say: Say): Html {
  const option = (value: string, text: Text) =>
    html`<label class="option"><input type="radio" name="why" id="why-${value}" value="${value}"${checked(fields.why === value)}> <span>${say(text)}</span></label>`;
  return html`<fieldset${describedBy('why-few_pupils', faults)}><legend>${say(TEXTS.why)}</legend>
    ${faultOf('why-few_pupils', faults, say)}
    ${option('few_pupils', TEXTS.fewPupils)}${option('satisfied', TEXTS.satisfied)}${option('other', TEXTS.other)}
    <div class="why-text"><label for="whyText">${say(TEXTS.whyText)}</label>
    <p class="hint" id="whyText-hint">${say(TEXTS.whyHint)}</p>${faultOf('whyText', faults, say)}
    <textarea id="whyText" name="whyText" rows="3"${describedBy('whyText', faults, true)}>${fields.whyText}</textarea></div></fieldset>`;
}

function costFields(fields: Fields, faults: readonly Fault[], say: Say): Html {
  const box = (id: string, name: string, isOn: boolean, text: Text) =>
    html`<label class="option"><input type="checkbox" id="${id}" name="${name}" value="yes"${checked(isOn)}> <span>${say(text)}</span></label>`;
  return html`<fieldset${describedBy('cost-one_off', faults, true)}><legend>${say(TEXTS.cost)}</legend>
    <p class="hint" id="cost-one_off-hint">${say(TEXTS.costHint)}</p>${faultOf('cost-one_off', faults, say)}
    ${box('cost-one_off', 'costOneOff', fields.costOneOff, TEXTS.oneOff)}
    ${box('cost-monthly', 'costMonthly', fields.costMonthly, TEXTS.monthly)}</fieldset>`;
}

function checkFields({ location, fields, faults, language }: FormPage, say: Say): Html {
  const pupils =
    location.pupils === undefined
      ? say(TEXTS.pupilsUnknown)
      : `${say(TEXTS.pupilsKnown)}: ${WORDS[language].number(location.pupils)}.`;
  const field = (id: FieldId & keyof Fields, label: Text, hint: string, attributes: Html) =>
    html`<div class="field"><label for="${id}">${say(label)}</label>
    <p class="hint" id="${id}-hint">${hint}</p>${faultOf(id, faults, say)}
    <input type="text" id="${id}" name="${id}" value="${String(fields[id])}"${describedBy(id, faults, true)}${attributes}></div>`;
  const numeric = html` inputmode="numeric" autocomplete="off" class="short"`;
  return html`<fieldset><legend>${say(TEXTS.check)}</legend><p class="hint">${say(TEXTS.checkHint)}</p>
    ${field('pupils', TEXTS.pupils, pupils, numeric)}
    ${field('buildings', TEXTS.buildings, say(TEXTS.buildingsHint), numeric)}</fieldset>
    ${field('contactName', TEXTS.contactName, say(TEXTS.contactHint), html` autocomplete="name"`)}`;
}

function faultOf(field: FieldId, faults: readonly Fault[], say: Say): Html | false {
  const fault = faults.find((each) => each.field === field);
  return (
    fault !== undefined &&
    html`<p class="fault" id="${field}-fault">${say(FAULT_TEXTS[fault.code])}</p>`
  );
}

/** Ties a control, or a group of them, to its hint and its fault. */
function describedBy(field: FieldId, faults: readonly Fault[], hasHint = false): Html {
  const isWrong = faults.some((each) => each.field === field);
  const ids = [...(hasHint ? [`${field}-hint`] : []), ...(isWrong ? [`${field}-fault`] : [])];
  const isControl = ['whyText', 'pupils', 'buildings', 'contactName'].includes(field);
  return html`${ids.length > 0 && html` aria-describedby="${ids.join(' ')}"`}${isWrong && isControl && html` aria-invalid="true"`}`;
}

function checked(isOn: boolean): Html {
  return html`${isOn && html` checked`}`;
}

function placeOf({ name, street, houseNumber, city, id }: Location): string {
  const address = street === undefined ? '' : `${street} ${houseNumber ?? ''}`.trim();
  return [name, address, city, id].filter((part) => part !== undefined && part !== '').join(', ');
}

function reasonText({ view, why, whyText }: Fields, say: Say): string {
  if (view !== 'suffices') return '';
  if (why === 'other') return whyText;
  return say(why === 'few_pupils' ? TEXTS.fewPupils : TEXTS.satisfied);
}

function costText({ view, costOneOff, costMonthly }: Fields, say: Say): string {
  if (view !== 'too_costly') return '';
  const parts = [...(costOneOff ? [TEXTS.oneOff] : []), ...(costMonthly ? [TEXTS.monthly] : [])];
  return parts.map(say).join('; ');
}
