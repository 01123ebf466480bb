/** Verdicts as a sign and a word, so that colour is never all that tells them apart. */
import { html, type Markup } from './markup.ts';

const SIGNS: Readonly<Record<string, readonly [sign: string, kind: string]>> = {
  holds: ['\u2713', 'good'],
  met: ['\u2713', 'good'],
  violated: ['\u2717', 'bad'],
  masked: ['\u25d1', 'open'],
  vacuous: ['\u2205', 'open'],
  incomplete: ['\u2026', 'open'],
  invalid: ['!', 'bad'],
  not_applicable: ['\u2013', 'none'],
};

export function badge(verdict: string): Markup {
  const [sign, kind] = SIGNS[verdict] ?? ['', 'none'];
  return html`<span class="badge ${kind}"><span aria-hidden="true">${sign}</span> ${verdict.replace('_', ' ')}</span>`;
}

/** The sign alone, with the word for those who cannot see it. */
export function mark(verdict: string, title = ''): Markup {
  const [sign, kind] = SIGNS[verdict] ?? ['', 'none'];
  const word = verdict.replace('_', ' ');
  const said = title === '' ? word : `${word}: ${title}`;
  return html`<span class="mark ${kind}" title="${said}"><span aria-hidden="true">${sign}</span><span class="unseen">${word}</span></span>`;
}
