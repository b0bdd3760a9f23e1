import { expect } from 'vitest'
import { connect } from '../../src/control/index.ts'
import { rowOf, submit, test, worldOf } from './browser.ts'
import { DEMO, makeDemoWorld, openReceiver } from './demo-world.ts'

test('Back and Esc return to the place one came from, with its scroll, its focus and what was chosen', async ({
  start,
  open,
}) => {
  const server = await start()
  const receiver = await openReceiver(0)
  await makeDemoWorld(server, receiver.url)
  receiver.close()
  const page = await open(server, `#/w/${DEMO}/accounts`, { width: 1000, height: 500 })
  const ledger = page.locator('tbody a')
  await ledger.nth(20).waitFor()
  await ledger.nth(20).focus()
  const before = await page.evaluate(() => [scrollY, document.activeElement?.getAttribute('href')])
  expect(before[0]).toBeGreaterThan(0)
  for (const back of [() => page.keyboard.press('Escape'), () => page.goBack()]) {
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /^Job/ }).waitFor()
    expect(await page.evaluate(() => scrollY)).toBe(0)
    await back()
    await page.getByRole('heading', { name: 'Ledger of alice' }).waitFor()
    await expect
      .poll(() => page.evaluate(() => [scrollY, document.activeElement?.getAttribute('href')]))
      .toEqual(before)
  }

  // The timeline, where arrows work at once, wherever the focus is.
  await page.getByRole('link', { name: 'Timeline' }).click()
  await page.locator('.job-row[id]').first().waitFor()
  await page.keyboard.press('End')
  const chosen = page.locator('.job-row[aria-selected="true"]')
  const id = await chosen.getAttribute('id')
  const grid = page.getByRole('grid')
  const top = await grid.evaluate((box) => box.scrollTop)
  expect(top).toBeGreaterThan(0)
  await chosen.getByRole('link').click()
  await page.getByRole('heading', { name: /^Job/ }).waitFor()
  await page.keyboard.press('Escape')
  await chosen.waitFor()
  expect([await chosen.getAttribute('id'), await grid.evaluate((box) => box.scrollTop)]).toEqual([id, top])

  await page.getByLabel('Search jobs').fill('order-1042')
  await page.getByText('1 job of 32').waitFor()
  await page.getByLabel('Search jobs').fill('timeout')
  await page.getByText(/^[1-9] jobs? of 32/).waitFor()
  await page.reload()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
}, 60_000)

test('a question comes before what cannot be undone; no, Esc and Enter change nothing', async ({ start, open }) => {
  const server = await start()
  const id = await submit(server)
  await worldOf(server).clock.settle()
  const page = await open(server, '', { expected: /404/ })
  await page.locator(rowOf(id)).getByText('succeeded').waitFor()
  await page.keyboard.press('3')
  await page.getByRole('dialog').getByText('1 job expires').waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.keyboard.press('3')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect(await worldOf(server).jobs.list()).toHaveLength(1)

  await page.keyboard.press('g')
  await page.keyboard.press('w')
  await page.getByLabel('Name').fill('mine')
  await page.getByRole('button', { name: 'Make World' }).click()
  await page.getByText("World 'mine' is made").waitFor()
  expect((await worldOf(server, 'mine').describe()).accounts.map((account) => account.id)).toContain('alice')
  await page.getByRole('link', { name: 'Worlds' }).click()
  await expect.poll(() => page.getByText('is made').count()).toBe(0)

  await page.getByRole('button', { name: 'Reset default' }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  expect(await worldOf(server).jobs.list()).toHaveLength(1)
  await page.getByRole('button', { name: 'Reset default' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Reset default' }).click()
  await page.getByText('as it was when it was made').waitFor()
  expect(await worldOf(server).jobs.list()).toEqual([])

  // A World that goes while it is shown: that is told, and the page asks for it no more.
  const asked: string[] = []
  await page.getByRole('button', { name: 'Remove mine' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove mine' }).click()
  await page.getByText("Removed the World 'mine'.").waitFor()

  const gone = await connect(server.url).worlds.create({ id: 'gone' })
  await page.goto(`${server.url}/_mock/#/w/gone/jobs`)
  await page.getByText('No jobs yet').waitFor()
  await gone.remove()
  await page.getByText("There is no World 'gone'").waitFor()
  page.on('request', (request) => asked.push(request.url()))
  await page.getByText('live', { exact: true }).waitFor()
  await page.keyboard.press('s')
  await page.getByText(/^Settled/).waitFor()
  expect(asked.filter((url) => /mine|gone/.test(url))).toEqual([])
  expect((await connect(server.url).worlds.list()).map((world) => world.id)).toEqual(['default'])
}, 60_000)

test('all callbacks are listed newest first, filtered by outcome and receiver, and sent again', async ({
  start,
  open,
}) => {
  const server = await start()
  const receiver = await openReceiver(0)
  const { world, givenUpId } = await makeDemoWorld(server, receiver.url)
  const page = await open(server, `#/w/${DEMO}/callbacks`)
  const rows = page.locator('table.callbacks tbody tr')
  await expect.poll(() => rows.count()).toBe(2)
  await page.getByLabel('Outcome').selectOption('exhausted')
  await expect.poll(() => rows.count()).toBe(1)
  await rows.getByRole('link', { name: givenUpId.slice(0, 8) }).waitFor()
  await page.getByLabel('Outcome').selectOption('')
  await page.getByLabel('Search callbacks').fill('/OK')
  await expect.poll(() => rows.locator('.badge').allTextContents()).toEqual(['delivered'])
  await rows.getByRole('button', { name: /^Resend/ }).click()
  await page.getByText('Sent again, as delivery').waitFor()
  await expect.poll(() => rows.count()).toBe(2)
  await expect.poll(async () => (await world.deliveries.list({ state: 'delivered' })).length).toBe(2)
  const made = await rows.locator('td.time').allTextContents()
  expect(made).toEqual(made.toSorted().reverse())
  await page.getByLabel('Receiver').selectOption('')
  await page.keyboard.press('Escape')
  await page.locator('main').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByText('valid under the account’s secret').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('valid under the account’s secret').waitFor({ state: 'detached' })

  await page.getByRole('link', { name: 'Profiles' }).click()
  const training = page.getByRole('row', { name: 'def456' })
  await training.getByText('READY 12:04:00').waitFor()
  await world.clock.advance('5m')
  await training.locator('.present.READY').waitFor()
  await page.getByRole('link', { name: 'Accounts' }).click()
  await page.getByRole('cell', { name: '−$0.09' }).first().waitFor()
  await page.getByRole('cell', { name: '+$100.00' }).waitFor()
  receiver.close()
}, 60_000)
