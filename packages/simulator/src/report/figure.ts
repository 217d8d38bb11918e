import { type Content, type Html, html } from './html.ts'

/** So many tables are named before they are unfolded. */
const MAX_NAMED = 2

export interface Table {
  readonly caption: string
  readonly head: readonly string[]
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly Content[])[]
}

/** A table that scrolls by itself where it is wider than the page, also by keyboard. */
export function table({ caption, head, rows }: Table): Html {
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(([first, ...others]) => html`<tr><th scope="row">${first}</th>${others.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`
}

export interface Panel {
  readonly title: Content
  readonly picture: Html
}

/** Pictures beside each other where there is room, and the numbers that they show. */
export function figures(panels: readonly Panel[], ...tables: readonly Table[]): Html {
  return html`<div class="panels">${panels.map(
    ({ title, picture }) => html`<figure class="panel"><figcaption>${title}</figcaption>${picture}</figure>\n`,
  )}</div>${data(...tables)}`
}

/** The numbers behind pictures, folded. */
export function data(...tables: readonly Table[]): Html {
  return html`<details><summary>Numbers: ${summaryOf(tables)}</summary>${tables.map(table)}</details>\n`
}

function summaryOf(tables: readonly Table[]): string {
  return tables.length > MAX_NAMED ? `${tables.length} tables` : tables.map(({ caption }) => caption).join('; ')
}

export interface Section {
  /** What a link within the page leads to. */
  readonly id: string
  readonly title: string
  readonly content: Content
}

export function section({ id, title, content }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${content}</section>\n`
}
