import { expect } from 'vitest'
import { connect } from '../../src/control/index.ts'
import { picture, test } from './browser.ts'

const JOBS = 10_000

test('10,000 jobs scroll, and the page answers its keys and goes on living meanwhile', async ({ start, open }) => {
  const server = await start()
  const jobs = Array.from({ length: JOBS }, (_, i) => ({
    account: i % 3 === 0 ? 'bob' : 'alice',
    operation: ['generate', 'edit', 'enhance', 'remix'][i % 4],
    status: i % 11 === 0 ? 'failed' : 'succeeded',
    finished_ago: `${(JOBS - i) * 5}s`,
  }))
  const accounts = ['alice', 'bob'].map((id) => ({ id, keys: [`many-${id}`], deposit: '100000' }))
  const control = connect(server.url)
  const world = await control.worlds.create({ id: 'many', clock: { mode: 'manual' }, contents: { accounts, jobs } })

  const page = await open(server, '#/w/many/jobs')
  await page.getByText('10,000 jobs').waitFor()
  const grid = page.getByRole('grid')
  expect(await grid.getAttribute('aria-rowcount')).toBe('10001')
  expect(await page.locator('.job-rows .job-row').count()).toBeLessThan(60)

  const slowest = await page.evaluate(scrollThrough)
  // Frames on a machine that does other things too; a page that drew all jobs would need seconds for each.
  expect(slowest.median).toBeLessThan(500)
  expect(await grid.evaluate((box) => box.scrollTop)).toBeGreaterThan(250_000)
  await picture(page, 'many')

  await grid.focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('End')
  const last = page.locator('.job-row[aria-selected="true"]')
  expect(await last.getAttribute('aria-rowindex')).toBe('10001')
  expect(await grid.getAttribute('aria-activedescendant')).toBe(await last.getAttribute('id'))
  await page.keyboard.press('PageUp')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Home')
  expect(await page.locator('.job-row[aria-selected="true"]').getAttribute('aria-rowindex')).toBe('2')

  await page.getByLabel('Status', { exact: true }).selectOption('failed')
  await page.getByText('910 jobs of 10,000').waitFor()
  await page.getByLabel('Status', { exact: true }).selectOption('')
  await fetch(`${server.url}/v1/phota/generate`, {
    method: 'POST',
    headers: { 'x-api-key': 'many-alice', 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'one more', async: true, response_mode: 'urls' }),
  })
  await page.locator('.job-row .status.pending').waitFor()
  await world.clock.settle()
  await page.locator('.job-row .status.pending').waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: /^Job/ }).waitFor()
}, 120_000)

/** Runs in the page: from the top to the bottom, a screen or more in each frame. */
async function scrollThrough(): Promise<{ median: number }> {
  const box = document.querySelector('.job-grid') as HTMLElement
  const frames: number[] = []
  let beforeMs = performance.now()
  while (box.scrollTop + box.clientHeight < box.scrollHeight - 1) {
    box.scrollTop += box.scrollHeight / 100
    const atMs = await new Promise<number>((resolve) => requestAnimationFrame(resolve))
    frames.push(atMs - beforeMs)
    beforeMs = atMs
  }
  return { median: frames.sort((a, b) => a - b)[Math.floor(frames.length / 2)] ?? 0 }
}
