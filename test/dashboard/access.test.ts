import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { test } from './browser.ts'
import { DEMO, makeDemoWorld, openReceiver } from './demo-world.ts'

const WIDE = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
const SECTIONS = ['jobs', 'callbacks', 'profiles', 'accounts', 'journal', 'submit', 'scenarios', 'worlds']

test('no page has a serious finding of axe-core, at 1440 and 390 px, in light and dark; and a phone’s header stays small', async ({
  start,
  open,
}) => {
  const server = await start()
  const receiver = await openReceiver(0)
  const { jobId, givenUpId, world } = await makeDemoWorld(server, receiver.url)
  const [delivery] = await world.deliveries.list({ job: givenUpId })
  const [entry] = await world.journal.list({ status: '422' })
  receiver.close()
  const places = [
    ...SECTIONS,
    ...[`jobs/${jobId}`, `jobs/${givenUpId}`],
    ...[`callbacks/${delivery?.id}`, `journal/${entry?.request_id}`],
  ]
  const findings: string[] = []
  const page = await open(server, `#/w/${DEMO}/jobs`, WIDE)
  // Before the page's own scripts, because its policy lets no other in later.
  await page.addInitScript({ content: axe.source })
  await page.reload()
  for (const place of places) {
    await page.goto(`${server.url}/_mock/#/w/${DEMO}/${place}`)
    await page.locator('main :is(tr, article, .job-row, form)').first().waitFor()
    // What a size or a scheme can change is tried in all four; all the rest once for each size.
    for (const [size, colorScheme, rules] of [
      [WIDE, 'light', null],
      [WIDE, 'dark', ['color-contrast']],
      [PHONE, 'light', ['color-contrast']],
      [PHONE, 'dark', null],
    ] as const) {
      await page.setViewportSize(size)
      await page.emulateMedia({ colorScheme })
      findings.push(
        ...(await seriousFindings(page, rules)).map((text) => `${place} ${size.width} ${colorScheme} ${text}`),
      )
      if (size !== PHONE) continue
      const header = await page.locator('header').evaluate((element) => {
        scrollTo(0, document.documentElement.scrollHeight)
        const { top, height } = element.getBoundingClientRect()
        return { top, height }
      })
      expect(header.top).toBe(0)
      expect(header.height).toBeLessThanOrEqual(PHONE.height * 0.15)
      const widest = await page.evaluate(() => document.documentElement.scrollWidth)
      expect([place, widest]).toEqual([place, PHONE.width])
    }
  }
  expect(findings).toEqual([])
  for (const [key, name] of [
    ['?', 'Keyboard'],
    ['3', 'Move the clock on by 24 h?'],
  ] as const) {
    await page.keyboard.press(key)
    await page.getByRole('dialog', { name }).waitFor()
    expect([name, await seriousFindings(page, null)]).toEqual([name, []])
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
}, 240_000)

/** Rule, element and reason of each. @param rules only these; `null` for all */
async function seriousFindings(page: Page, rules: readonly string[] | null): Promise<string[]> {
  return page.evaluate(async (only) => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run({
      resultTypes: ['violations'],
      ...(only && { runOnly: [...only] }),
    })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
  }, rules)
}
