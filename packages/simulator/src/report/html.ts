/** Markup that is whole: whatever is put into it is text, unless it is markup itself. */
export class Html {
  readonly #markup: string

  private constructor(markup: string) {
    this.#markup = markup
  }

  /** As {@link html} does it: the strings are ours, the values are anybody's. */
  static of(strings: readonly string[], values: readonly Content[]): Html {
    return new Html(strings.map((string, i) => string + (i < values.length ? markupOf(values[i]) : '')).join(''))
  }

  /** An element whose name and attributes' names come from a program, and nothing else of it. Throws for other names. */
  static element(name: string, attributes: Iterable<readonly [string, string]>, content: Content): Html {
    const written = [...attributes].map(([key, value]) => ` ${nameOf(key)}="${escaped(value)}"`)
    return new Html(`<${nameOf(name)}${written.join('')}>${markupOf(content)}</${name}>`)
  }

  toString(): string {
    return this.#markup
  }
}

/** What can stand in markup: a text or a number, markup, several of them, or nothing. */
export type Content = string | number | Html | readonly Content[] | null | undefined | false

/** Markup with values in it: in an element's content, or in an attribute's quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return Html.of(strings, values)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function markupOf(content: Content): string {
  if (content === null || content === undefined || content === false) return ''
  if (content instanceof Html) return content.toString()
  if (typeof content === 'object') return content.map(markupOf).join('')
  return escaped(String(content))
}

/** Text that can neither end what it stands in nor turn it round: control characters, of writing directions too, show as U+FFFD. */
function escaped(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\n]|\p{Bidi_Control}|\p{Cs}/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
}

function nameOf(name: string): string {
  if (!/^[a-z][a-z0-9:-]*$/i.test(name)) throw new TypeError(`${JSON.stringify(name)} names no element or attribute`)
  return name
}
