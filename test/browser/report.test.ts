import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reportOf } from '../../packages/simulator/src/report/report.ts'
import { madeResults } from '../../packages/simulator/test/results.ts'
import { hasChromium, launchChromium } from './chromium.ts'

const DAY_MS = 86_400_000
const halfLife = [DAY_MS, 7 * DAY_MS]
/** As it is seen: on a telephone and on a desk, by day and by night. */
const SEEN = [
  { of: 'one point', made: {}, width: 360, colorScheme: 'light' },
  { of: 'one point', made: {}, width: 360, colorScheme: 'dark' },
  { of: 'one point', made: {}, width: 1280, colorScheme: 'light' },
  { of: 'one point', made: {}, width: 1280, colorScheme: 'dark' },
  { of: 'a sweep', made: { sweep: { halfLife, attackers: [5, 20] }, isHeld: false }, width: 360, colorScheme: 'light' },
  { of: 'a sweep', made: { sweep: { halfLife, attackers: [5, 20] }, isHeld: false }, width: 1280, colorScheme: 'dark' },
] as const

/** A page, and all that it has asked for and complained of. */
interface Opened extends AsyncDisposable {
  readonly page: Page
  readonly requests: readonly string[]
  readonly complaints: readonly string[]
}

describe.skipIf(!hasChromium())('a report in a browser', () => {
  let browser: Browser
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trustmesh-report-'))
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true })
  })

  const open = async (html: string, options: BrowserContextOptions = {}): Promise<Opened> => {
    const file = join(folder, 'report.html')
    await writeFile(file, html)
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const [requests, complaints]: [string[], string[]] = [[], []]
    page.on('request', (request) => requests.push(request.url()))
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('dialog', (dialog) => complaints.push(dialog.message()))
    await page.goto(pathToFileURL(file).href)
    return { page, requests, complaints, [Symbol.asyncDispose]: () => context.close() }
  }
  const unfold = (page: Page) =>
    page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true
    })
  const captions = (page: Page, of: string) => page.locator(`${of} figcaption:visible`).allInnerTexts()

  it('runs nothing that has got into it', async () => {
    const planted =
      '<script>globalThis.planted = true</script><img src="http://127.0.0.1:1/" onerror="planted = true"></body>'
    await using opened = await open(reportOf(madeResults({ runs: 1 })).replace('</body>', planted))
    expect(await opened.page.evaluate(() => 'planted' in globalThis)).toBe(false)
    // So that the absence of complaints elsewhere means something.
    expect(opened.complaints).not.toEqual([])
  })

  it('shows what a scenario and its agents say, whatever that is', async () => {
    const text = `</script></style><img src=x onerror=alert(1)>"'><svg/onload=alert(1)>&amp;`
    await using opened = await open(reportOf(madeResults({ runs: 2, text })))
    expect(await opened.page.locator('h1').textContent()).toBe(text)
    expect(await opened.page.title()).toContain(text)
    expect(await opened.page.locator('img').count()).toBe(0)
    expect(opened).toMatchObject({ complaints: [], requests: [expect.stringMatching(/^file:/)] })
  })

  it.each(SEEN)('can be read by everybody: of $of, $width px wide, $colorScheme', async (seen) => {
    const { made, width, colorScheme } = seen
    const viewport = { width, height: 800 }
    await using opened = await open(reportOf(madeResults({ runs: 2, ...made })), { viewport, colorScheme })
    const { page } = opened
    await unfold(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
    const { violations, passes } = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    )
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
    // So that the absence of violations means something.
    expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'svg-img-alt', 'label']))
    expect(opened).toMatchObject({ complaints: [], requests: [expect.stringMatching(/^file:/)] })
  })

  it('takes the colours that are chosen, and light ones on paper', async () => {
    await using opened = await open(reportOf(madeResults({ runs: 1 })), { colorScheme: 'dark' })
    const { page } = opened
    const isDark = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)')
    expect(await isDark()).toBe(true)
    await page.getByLabel('light').check()
    expect(await isDark()).toBe(false)
    await page.getByLabel('dark').check()
    expect(await isDark()).toBe(true)
    await page.emulateMedia({ media: 'print' })
    expect(await isDark()).toBe(false)
  })

  it('goes through the pictures of the trust graph by keyboard, and says what is to be seen', async () => {
    await using opened = await open(reportOf(madeResults({ runs: 1 })))
    const { page } = opened
    const slider = page.getByRole('slider', { name: 'Time' })
    expect(await captions(page, '.frame')).toEqual(['30\u00a0d at the end'])
    await slider.focus()
    await page.keyboard.press('ArrowLeft')
    expect(await captions(page, '.frame')).toEqual(['20\u00a0d day 20'])
    expect(await slider.getAttribute('aria-valuetext')).toMatch(
      /^20\u00a0d, day 20\. .*attackers: 0 of 24 trusted, 1 cut off/,
    )
    expect(await page.locator('output').textContent()).toBe('20\u00a0d')
    await page.keyboard.press('Home')
    expect(await captions(page, '.frame')).toEqual(['0\u00a0d before the attack'])
    expect(opened.complaints).toEqual([])
  })

  it('shows the first and the last picture where no script runs', async () => {
    await using opened = await open(reportOf(madeResults({ runs: 1 })), { javaScriptEnabled: false })
    expect(await captions(opened.page, '#graph')).toEqual(['0\u00a0d before the attack', '30\u00a0d at the end'])
    expect(await opened.page.locator('#time').isVisible()).toBe(false)
  })
})
