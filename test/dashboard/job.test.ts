import { expect } from 'vitest'
import { picture, poll, rowOf, submit, test, worldOf } from './browser.ts'

test('the page shows a job going through its life as its buttons move time, until it is gone and 410', async ({
  start,
  open,
}) => {
  const server = await start()
  const page = await open(server, '', { expected: /status of (404|410)/ })
  await page.getByText('No jobs yet').waitFor()
  const id = await submit(server)
  const row = page.locator(rowOf(id))
  await row.getByText('pending').waitFor()

  await worldOf(server).clock.advance('2s')
  await row.getByText('running').waitFor()
  await page.getByRole('button', { name: '+1 min' }).click()
  await row.getByText('succeeded').waitFor()
  await page.getByText(/^1 min later: .*1 job succeeded/).waitFor()

  await row.getByRole('link').click()
  await page.getByRole('heading', { name: id }).waitFor()
  const image = page.getByRole('img', { name: 'Result 1 of 1' })
  await image.waitFor()
  await page.waitForFunction(() => (document.querySelector('.images img') as HTMLImageElement).naturalWidth > 0)
  await picture(page, 'job')
  expect(await poll(server, id)).toBe(200)

  await page.getByRole('button', { name: '+24 h' }).click()
  await page.getByRole('button', { name: 'Move it on by 24 h' }).click()
  await page.getByText('gone', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Poll as alice' }).click()
  await page.getByText('A poll by alice is answered 410.').waitFor()
  expect(await poll(server, id)).toBe(410)
  await page.keyboard.press('Escape')
  await page.getByText('No jobs yet, or all have expired.').waitFor()
}, 60_000)

test('a job that hangs can be failed by hand, and its money comes back', async ({ start, open }) => {
  const server = await start()
  const id = await submit(server)
  const page = await open(server, `#/w/default/jobs/${id}`)
  await page.getByRole('button', { name: 'Run it now' }).click()
  await page.getByText('The job is running.').waitFor()
  await page.getByRole('button', { name: 'Let it hang' }).click()
  await page.getByText('never ends by itself').waitFor()
  await page.getByRole('button', { name: 'Settle' }).click()
  await page.getByText('One job is stuck forever.').waitFor()
  await page.getByLabel('How it fails').selectOption('CONTENT_MODERATION')
  await page.getByRole('button', { name: 'Fail it now' }).click()
  await page.locator('.outcome').getByText('CONTENT_MODERATION').waitFor()
  await page.getByRole('cell', { name: 'release' }).waitFor()
}, 60_000)

test('a callback that failed for good is delivered again by hand, with its signature checked', async ({
  start,
  open,
  receiver,
}) => {
  const server = await start()
  receiver.answer = 500
  const id = await submit(server, { callback_url: receiver.url })
  const page = await open(server, `#/w/default/jobs/${id}`)
  await page.getByRole('button', { name: '+1 min' }).click()
  const callbacks = page.getByRole('article')
  await callbacks.getByText('exhausted').waitFor()
  expect(await callbacks.getByText(/attempt \d: 500/).count()).toBe(4)
  await callbacks.getByText('valid under the account’s secret').waitFor()

  receiver.answer = 204
  await page.getByRole('button', { name: 'Resend' }).click()
  await page.locator('article .badge.delivered').waitFor()
  expect(receiver.received).toHaveLength(5)
  expect(new Set(receiver.received).size).toBe(1)

  await page.getByLabel('Send a callback').selectOption('wrong-signature')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('not valid under the account’s present secret').waitFor()
  await picture(page, 'callbacks')
}, 60_000)
