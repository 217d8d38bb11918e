import { createHash } from 'node:crypto'
import { type Content, type Html, html } from './html.ts'
import { SCRIPT, STYLE } from './page-assets.ts'

export interface Page {
  readonly title: string
  readonly header: Content
  /** Where it leads within itself. */
  readonly sections: readonly { readonly id: string; readonly title: string }[]
  readonly main: Content
}

/** A document that loads nothing, and runs nothing but what it is known to hold. */
export function page({ title, header, sections, main }: Page): string {
  const policy = `default-src 'none'; style-src '${hashOf(STYLE.toString())}'; script-src '${hashOf(SCRIPT.toString())}'; base-uri 'none'; form-action 'none'`
  const document: Html = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<fieldset class="theme"><legend>Colours</legend>
<label><input type="radio" name="theme" id="theme-auto" checked> as the system</label>
<label><input type="radio" name="theme" id="theme-light"> light</label>
<label><input type="radio" name="theme" id="theme-dark"> dark</label>
</fieldset>
${header}</header>
<main>
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
${main}</main>
<script>${SCRIPT}</script>
</body>
</html>
`
  return document.toString()
}

/** By which the policy knows it. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
