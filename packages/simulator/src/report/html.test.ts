import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Html, html } from './html.ts'

describe(html, () => {
  it('lets no text end the element or the attribute that it stands in', () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom(...'<>&"\'/-!=` \n'), fc.string({ maxLength: 3 })) })
    fc.assert(
      fc.property(text, (text) => {
        const [, inside, quoted] = /^<p title="(.*?)">(.*)<\/p>$/s.exec(`${html`<p title="${text}">${text}</p>`}`) ?? []
        expect(inside).not.toMatch(/[<>"']/)
        expect(quoted).toBe(inside)
        expect(inside).not.toMatch(/&(?!(?:amp|lt|gt|quot|#39);)/)
      }),
      { numRuns: 1000 },
    )
  })

  it('shows control characters, and those that turn a line round, as what they are not', () => {
    expect(`${html`${'a\u0000b\u202ec\u001b\ud800\td\n'}`}`).toBe('a\ufffdb\ufffdc\ufffd\ufffd\td\n')
  })

  it('puts markup, lists and numbers in as they are, and nothing for nothing', () => {
    const items = [1, 'two', html`<b>${'&'}</b>`]
    expect(`${html`<p>${items}${null}${undefined}${false}${0}</p>`}`).toBe('<p>1two<b>&amp;</b>0</p>')
  })
})

describe(Html.element, () => {
  it('refuses a name that is none', () => {
    for (const name of ['a b', 'a>', '', '1', 'a"']) {
      expect(() => Html.element(name, [], '')).toThrow(TypeError)
      expect(() => Html.element('g', [[name, '']], '')).toThrow(TypeError)
    }
  })

  it('writes attributes as text', () => {
    expect(`${Html.element('g', [['aria-label', '"><b>']], '<')}`).toBe('<g aria-label="&quot;&gt;&lt;b&gt;">&lt;</g>')
  })
})
