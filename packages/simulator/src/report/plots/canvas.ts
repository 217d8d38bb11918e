import { type PlotOptions, plot } from '@observablehq/plot'
import { type Html, html } from '../html.ts'
import { SvgDocument, type SvgElement } from '../svg-document.ts'

/** Wide enough for a plot, and narrow enough for a telephone: panels stand beside each other where there is room. */
export const PANEL_WIDTH = 350

/** A plot as an image in the page: whoever cannot see it hears its label. It takes its colours from the page. */
export function drawn(label: string, options: PlotOptions): Html {
  const document = new SvgDocument() as unknown as NonNullable<PlotOptions['document']>
  const svg = plot({ document, width: PANEL_WIDTH, className: 'plot', ...options }) as unknown as SvgElement
  return html`<div role="img" aria-label="${label}">${svg.toHtml()}</div>`
}
