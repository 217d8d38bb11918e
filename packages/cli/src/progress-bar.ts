import library from 'cli-progress'
import type { Sink } from './output.ts'

/** How far something has come, for whoever looks at a terminal; nothing where nobody does. */
export class ProgressBar {
  readonly #bar: library.SingleBar | undefined

  constructor(sink: Sink, of: number, unit: string) {
    if (!sink.isTTY) return
    this.#bar = new library.SingleBar({
      ...{ stream: sink as unknown as NodeJS.WritableStream, etaBuffer: 100, barsize: 30 },
      ...{ barCompleteChar: '█', barIncompleteChar: '░', hideCursor: true, clearOnComplete: true, gracefulExit: false },
      format: (options, { progress, value, total, eta }) => {
        const left = value > 0 && value < total ? `, about ${Math.ceil(eta)} s left` : ''
        return `${library.Format.BarFormat(progress, options)}  ${value} of ${total} ${unit}${left}`
      },
    })
    this.#bar.start(of, 0)
  }

  /** So many are done. */
  to(done: number): void {
    this.#bar?.update(done)
  }

  /** Takes it away. */
  end(): void {
    this.#bar?.stop()
  }
}
