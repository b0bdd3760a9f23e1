import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { picture, rowOf, submit, test, worldOf } from './browser.ts'

test('a server with a token asks for it once, and says when it is wrong', async ({ start, open }) => {
  const server = await start({ control: { token: 'open-sesame' } })
  const page = await open(server, '', { expected: /401/ })
  await page.getByText('the request has none').waitFor()
  await page.getByLabel('Control token').fill('something')
  await page.getByRole('button', { name: 'Unlock' }).click()
  await page.getByText('the request has another').waitFor()
  await page.getByLabel('Control token').fill('open-sesame')
  await page.keyboard.press('Enter')
  await page.getByText('live', { exact: true }).waitFor()
  await page.reload()
  await page.getByText('live', { exact: true }).waitFor()
}, 60_000)

test('the clock follows the wall, is frozen by f, and sped up', async ({ start, open }) => {
  const server = await start({ clock: 'real' })
  const page = await open(server)
  const face = page.locator('.now-time')
  const first = await face.textContent()
  await page.waitForFunction((then) => document.querySelector('.now-time')?.textContent !== then, first)
  await page.keyboard.press('f')
  await page.getByText('The clock is real, and frozen.').waitFor()
  expect(await worldOf(server).clock.read()).toMatchObject({ frozen: true })
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByText('The clock is real.', { exact: true }).waitFor()
  await page.getByLabel('Speed').selectOption('60')
  await page.getByText('60 times as fast').waitFor()
  await page.getByLabel('Speed').selectOption('other')
  await page.getByLabel('Speed').fill('7')
  await page.keyboard.press('Enter')
  await page.getByText('7 times as fast').waitFor()
  await page.getByLabel('Mode').selectOption('manual')
  await page.getByText('The clock is manual.').waitFor()
}, 60_000)

test('all of it is reached by keys, which rest while somebody types', async ({ start, open }) => {
  const server = await start()
  const id = await submit(server)
  const page = await open(server)
  await page.locator(rowOf(id)).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('f1s')
  await page.getByText('No job matches.').waitFor()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')
  await page.keyboard.press('Escape')
  await page.keyboard.press('1')
  await page.locator(rowOf(id)).getByText('succeeded').waitFor()
  expect((await worldOf(server).clock.read()).frozen).toBe(false)
  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('follow now').waitFor()
  const told = await page.locator('.keys > div').evaluateAll((rows) =>
    rows.map((row) => {
      const keys = Array.from(row.querySelectorAll('kbd'), (key) => `\`${key.textContent}\``)
      return `| ${keys.join(' ')} | ${row.querySelector('dd')?.textContent} |`
    }),
  )
  expect(await readFile('docs/dashboard.md', 'utf8')).toContain(told.join('\n'))
  await picture(page, 'help')
  await page.keyboard.press('Escape')
  await page.getByRole('grid').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('+')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('0')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: id }).waitFor()
  for (const [key, heading] of [
    ['a', 'Ledger of alice'],
    ['s', 'In force'],
  ] as const) {
    await page.keyboard.press('g')
    await page.keyboard.press(key)
    await page.getByRole('heading', { name: heading }).waitFor()
  }
  expect((await worldOf(server).jobs.list())[0]).toMatchObject({ status: 'succeeded' })
}, 60_000)

test('time is zoomed and panned by wheel, drag and buttons, and a bar is chosen by a click', async ({
  start,
  open,
}) => {
  const server = await start()
  const older = await submit(server)
  await submit(server)
  const page = await open(server)
  await page.locator(rowOf(older)).waitFor()
  const fit = page.getByRole('button', { name: 'Fit' })
  const isFit = async (pressed: boolean): Promise<void> =>
    page.locator(`button[aria-pressed="${pressed}"]`, { hasText: 'Fit' }).waitFor()
  await isFit(true)

  // Newest first, so the older one lies in the second row.
  await page.locator('.job-axis canvas').click({ position: { x: 200, y: 28 + 45 } })
  await page.locator(`${rowOf(older)}[aria-selected="true"]`).waitFor()
  await page.keyboard.down('Control')
  await page.mouse.wheel(0, -100)
  await page.keyboard.up('Control')
  await isFit(false)
  await fit.click()
  await isFit(true)
  await page.mouse.move(700, 300)
  await page.mouse.down()
  await page.mouse.move(600, 300, { steps: 3 })
  await page.mouse.up()
  await isFit(false)
  for (const name of ['Earlier', 'Later', 'Zoom in', 'Zoom out']) {
    await fit.click()
    await isFit(true)
    await page.getByRole('button', { name, exact: true }).click()
    await isFit(false)
  }
  await page.getByRole('button', { name: '36 h' }).click()
  await worldOf(server).clock.settle()
  await page.locator(rowOf(older)).getByText('succeeded').waitFor()
  await picture(page, 'expiry')
}, 60_000)

test('a synchronous submit shows its images once the clock has passed', async ({ start, open }) => {
  const server = await start()
  const page = await open(server, '#/w/default/submit')
  await page.getByLabel('asynchronous').uncheck()
  await page.getByLabel('Output images').fill('2')
  await page.getByRole('button', { name: 'Submit', exact: true }).click()
  await page.getByText('1 waiting for the clock').waitFor()
  await page.getByRole('button', { name: '+1 min' }).click()
  await page.getByRole('img', { name: 'Result 2 of 2' }).waitFor()
}, 60_000)

test('each operation is submitted by the form, and its job opens', async ({ start, open }) => {
  const server = await start()
  const page = await open(server, '#/w/default/submit')
  for (const operation of ['generate', 'edit', 'enhance', 'remix']) {
    await page.goto(`${server.url}/_mock/#/w/default/submit`)
    await page.getByLabel('Operation').selectOption(operation)
    await page.getByLabel('Account').selectOption('bob')
    await page.getByRole('button', { name: 'Submit', exact: true }).click()
    await page.getByText(`${operation} of bob`).waitFor()
    await page.getByText('Answered 202.').waitFor()
  }
  await worldOf(server).clock.settle()
  expect((await worldOf(server).jobs.list()).map(({ status }) => status)).toEqual(Array(4).fill('succeeded'))
}, 60_000)

test('the journal is searched, and gives a curl line that works', async ({ start, open }) => {
  const server = await start()
  await submit(server, { prompt: "a keeper's house" })
  await submit(server, { prompt: 'a boat' })
  const page = await open(server, '#/w/default/journal')
  await page.getByRole('row').nth(2).waitFor()
  await page.getByLabel('Search the journal').fill('keeper')
  await page.waitForFunction(() => document.querySelectorAll('table.journal tbody tr').length === 1)
  await page.getByRole('link', { name: 'POST /v1/phota/generate' }).click()
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'copy as curl' }).click()
  await page.getByText('Copied the curl line.').waitFor()
  const curl = await page.evaluate(() => navigator.clipboard.readText())
  expect(curl).toBe(
    `curl -s -i -g --path-as-is '${server.url}/v1/phota/generate' -H 'X-API-Key: test-key-alice' -H ` +
      `'Content-Type: application/json' --data-raw '{"prompt":"a keeper'\\''s ` +
      `house","async":true,"response_mode":"urls"}'`,
  )
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download HAR' }).click()
  expect((await download).suggestedFilename()).toBe('default.har')
}, 60_000)

test('a scenario is added by its form, refused with the server’s sentence, and removed', async ({ start, open }) => {
  const server = await start()
  const page = await open(server, '#/w/default/scenarios', { expected: /400/ })
  await page.getByLabel('Prompt contains').fill('doomed')
  await page.getByRole('button', { name: 'Add scenario' }).click()
  await page.getByRole('alert').getByText('addScenario: ').waitFor()
  await page.getByLabel('Fails with').selectOption('TIMEOUT')
  await page.getByLabel('Ends after how many uses').fill('2')
  await page.getByRole('button', { name: 'Add scenario' }).click()
  await page.getByText('2 times left').waitFor()
  // Told where it is seen, and no longer than its page is.
  const told = page.getByRole('status', { name: 'What happened' })
  await told.getByText(/^Scenario .* is in force/).waitFor()
  const box = await told.boundingBox()
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(800)
  expect(await worldOf(server).scenarios.list()).toMatchObject([
    { match: { prompt: 'doomed' }, effect: { fail: 'TIMEOUT' }, times_left: 2 },
  ])
  await page.getByRole('link', { name: 'Journal' }).click()
  await expect.poll(() => told.textContent()).toBe('')
  await page.goBack()
  await page.getByText('2 times left').waitFor()
  expect(await told.textContent()).toBe('')
  await submit(server, { prompt: 'doomed' })
  await page.getByText('1 time left').waitFor()
  await page.getByRole('button', { name: /^Remove/ }).click()
  await page.getByText('None. Every request responds normally').waitFor()
}, 60_000)

test('accounts show their money as it moves, in the World that is chosen', async ({ start, open }) => {
  const server = await start()
  await fetch(`${server.url}/_mock/worlds`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'other', accounts: [{ id: 'carol', deposit: '1.00' }] }),
  })
  const page = await open(server, '#/w/default/accounts')
  const alice = page.getByRole('article', { name: 'Account alice' })
  await alice.getByText('$1,000,000.00').waitFor()
  await submit(server)
  await alice.getByText('$0.09').waitFor()
  await alice.getByRole('button', { name: 'Deposit' }).click()
  await page.getByText('alice has $1,000,004.91 now.').waitFor()
  await page.getByRole('cell', { name: 'reservation' }).waitFor()
  await page.getByLabel('World').selectOption('other')
  await page.getByRole('article', { name: 'Account carol' }).getByText('$1.00').waitFor()
}, 60_000)

test('the page comes back by itself when its World begins anew', async ({ start, open }) => {
  const server = await start()
  const id = await submit(server)
  const page = await open(server)
  await page.locator(rowOf(id)).waitFor()
  await worldOf(server).reset()
  await page.getByText('No jobs yet').waitFor()
  await page.getByText('live', { exact: true }).waitFor()
  await page.locator(rowOf(await submit(server))).waitFor()
}, 60_000)

test('the page says that the server is away, and comes back with it', async ({ start, open }) => {
  const server = await start()
  const id = await submit(server)
  const page = await open(server, `#/w/default/jobs/${id}`, { expected: /ERR_|404/ })
  await page.getByText('pending', { exact: true }).waitFor()
  await server.close(0)
  await page.getByText('reconnecting', { exact: true }).waitFor()
  await page.getByRole('alert').getByText('could not be reached').waitFor()
  expect(await page.getByText('gone', { exact: true }).count()).toBe(0)
  await start({ port: Number(new URL(server.url).port) })
  await page.getByText('live', { exact: true }).waitFor()
  // It is another server, which knows nothing of that job.
  await page.getByText('gone', { exact: true }).waitFor()
}, 60_000)

test('nothing is wider than a phone, in any section', async ({ start, open, receiver }) => {
  const server = await start()
  const id = await submit(server, { callback_url: receiver.url })
  await worldOf(server).clock.settle()
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await open(server, '', { width: 360, height: 740, colorScheme })
    for (const place of [
      'jobs',
      `jobs/${id}`,
      'callbacks',
      'profiles',
      'accounts',
      'journal',
      'submit',
      'scenarios',
      'worlds',
    ]) {
      await page.goto(`${server.url}/_mock/#/w/default/${place}`)
      await page.locator('main section').first().waitFor()
      expect([place, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([place, 360])
      await picture(page, `narrow-${colorScheme}-${place.split('/').length}-${place.split('/')[0]}`)
    }
  }
}, 60_000)

test('text is readable on what lies under it, in light and dark', async ({ start, open }) => {
  const server = await start()
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await open(server, '', { colorScheme })
    await page.getByText('live', { exact: true }).waitFor()
    const colours = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement)
      const names = [
        'page',
        'surface',
        'selected',
        'text',
        'muted',
        'accent',
        'succeeded',
        'failed',
        'running',
        'pending',
      ]
      return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]))
    })
    const { page: ground = '', surface = '', selected = '', ...texts } = colours
    for (const [name, colour] of Object.entries(texts)) {
      for (const under of [ground, surface, selected])
        expect([colorScheme, name, under, contrast(colour, under) >= 4.5]).toEqual([colorScheme, name, under, true])
    }
  }
}, 60_000)

/** WCAG 2, 1.4.3. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(hex: string): number {
  const digits = hex.length === 4 ? hex.replace(/[^#]/g, '$&$&') : hex
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(digits.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
