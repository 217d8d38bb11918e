import { type Content, html } from './html.ts'

/** What a scenario says, for a page: what it puts between backticks is code. */
export function prose(text: string): Content {
  return text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))
}

/** The same where there is but text. */
export function plain(text: string): string {
  return text.replaceAll('`', '')
}
