import { type Content, Html } from './html.ts'

/** What a plot draws on where there is no browser: as much of a document as it takes, that can be written down. */
export class SvgDocument {
  readonly documentElement: SvgElement

  constructor() {
    this.documentElement = this.createElement('html')
  }

  createElement(name: string): SvgElement {
    return new SvgElement(this, name, 'http://www.w3.org/1999/xhtml')
  }

  createElementNS(namespace: string, name: string): SvgElement {
    return new SvgElement(this, name, namespace)
  }

  createTextNode(text: string): string {
    return text
  }
}

/** An element of it. Numbers in its attributes are kept to a tenth of a pixel. */
export class SvgElement {
  readonly ownerDocument: SvgDocument
  readonly namespaceURI: string
  readonly #name: string
  readonly #attributes = new Map<string, string>()
  #nodes: (SvgElement | string)[] = []

  constructor(ownerDocument: SvgDocument, name: string, namespaceURI: string) {
    this.ownerDocument = ownerDocument
    this.namespaceURI = namespaceURI
    this.#name = name
  }

  get children(): readonly SvgElement[] {
    return this.#nodes.filter((node) => typeof node !== 'string')
  }

  get textContent(): string {
    return this.#nodes.map((child) => (typeof child === 'string' ? child : child.textContent)).join('')
  }

  set textContent(text: string) {
    this.#nodes = text === '' ? [] : [text]
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name)
  }

  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null
  }

  /** Labels of parts are left out: the picture as a whole has one. */
  setAttribute(name: string, value: unknown): void {
    const text = String(value).replace(/-?\d+\.\d{3,}/g, (number) => String(+(+number).toFixed(1)))
    if (!name.startsWith('aria-')) this.#attributes.set(name, text)
  }

  removeAttribute(name: string): void {
    this.#attributes.delete(name)
  }

  append(...children: readonly (SvgElement | string)[]): void {
    this.#nodes.push(...children)
  }

  appendChild(child: SvgElement | string): SvgElement | string {
    this.#nodes.push(child)
    return child
  }

  insertBefore(child: SvgElement | string, next: SvgElement | string | null): SvgElement | string {
    this.#nodes.splice(next === null ? this.#nodes.length : this.#nodes.indexOf(next), 0, child)
    return child
  }

  /** All but styles: the page has its own. */
  toHtml(): Html {
    const content: Content = this.#nodes.map((child) =>
      typeof child === 'string' ? child : child.#name === 'style' ? null : child.toHtml(),
    )
    return Html.element(this.#name, this.#attributes, content)
  }
}
