import { mkdir, writeFile } from 'node:fs/promises'
import { chromium, type Page } from 'playwright-core'
import sharp from 'sharp'
import defaultWorld from '../fixtures/worlds/default.ts'
import { htmlText } from '../src/grade/reports.ts'
import { startServer } from '../src/server/server.ts'
import { DEMO, makeDemoWorld, openReceiver } from '../test/dashboard/demo-world.ts'
import { clients } from '../test/grade/clients/index.ts'
import { tryClient } from '../test/grade/try-client.ts'
import { buildDashboard } from './build-dashboard.ts'

/** Takes the pictures of docs/dashboard.md and docs/grade.md anew. The ports are fixed, because pages show them. */
const FOLDER = 'docs/screenshots'
const SERVER_PORT = 4010
const RECEIVER_PORT = 5010
const WIDE = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }

interface Picture {
  readonly name: string
  readonly place: string
  readonly size?: { width: number; height: number }
  readonly colorScheme?: 'light' | 'dark'
  /** What is done on the page first. */
  readonly prepare?: (page: Page) => Promise<void>
}

await buildDashboard()
const receiver = await openReceiver(RECEIVER_PORT)
const server = await startServer({
  port: SERVER_PORT,
  clock: 'manual',
  contents: defaultWorld,
  world: { startMs: Date.parse('2026-06-22T12:00:00Z') },
})
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  const { world, jobId, givenUpId } = await makeDemoWorld(server, receiver.url)
  const [refused] = await world.journal.list({ status: '422' })
  const chooseSecond = async (page: Page): Promise<void> => {
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
  }
  const pictures: Picture[] = [
    { name: 'timeline', place: 'jobs', prepare: chooseSecond },
    { name: 'timeline-dark', place: 'jobs', colorScheme: 'dark', prepare: chooseSecond },
    { name: 'timeline-phone', place: 'jobs', size: PHONE, prepare: chooseSecond },
    { name: 'job', place: `jobs/${jobId}` },
    { name: 'job-phone', place: `jobs/${givenUpId}`, size: PHONE, colorScheme: 'dark' },
    { name: 'callbacks', place: 'callbacks' },
    { name: 'profiles', place: 'profiles' },
    { name: 'accounts', place: 'accounts' },
    { name: 'journal', place: `journal/${refused?.request_id}` },
    { name: 'submit', place: 'submit' },
    { name: 'scenarios', place: 'scenarios' },
    { name: 'worlds', place: 'worlds' },
    {
      name: 'question',
      place: 'jobs',
      prepare: async (page) => {
        await page.keyboard.press('3')
        await page.getByRole('dialog').waitFor()
      },
    },
    {
      name: 'keys',
      place: 'jobs',
      prepare: async (page) => {
        await page.keyboard.press('?')
        await page.getByRole('dialog').waitFor()
      },
    },
  ]
  await mkdir(FOLDER, { recursive: true })
  for (const picture of pictures) await take(picture)
  await takeGraded()
} finally {
  await browser.close()
  await server.close(0)
  receiver.close()
}

async function take({ name, place, size = WIDE, colorScheme = 'light', prepare }: Picture): Promise<void> {
  const page = await browser.newPage({ viewport: size, colorScheme, reducedMotion: 'reduce' })
  // Real time is the one thing that differs from run to run.
  await page.route(/_mock\/worlds\/.*(deliveries|jobs\/)/, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: (await response.text()).replace(/"wall_ms":[\d.]+/g, '"wall_ms":4') })
  })
  await page.goto(`${server.url}/_mock/#/w/${DEMO}/${place}`)
  await page.locator('.connection.live').waitFor()
  await page.locator('main :is(tr, article, .job-row, form)').first().waitFor()
  await page.waitForFunction(() => [...document.images].every(({ complete }) => complete))
  await prepare?.(page)
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  const png = await page.screenshot()
  await writeFile(`${FOLDER}/${name}.webp`, await sharp(png).webp({ quality: 80, effort: 6 }).toBuffer())
  await page.close()
}

/** The report on a client that loses track of a lost answer. */
async function takeGraded(): Promise<void> {
  const client = clients.find(({ name }) => name === 'py-new-id-for-each-try')
  if (client === undefined) throw new Error('there is no client py-new-id-for-each-try')
  const { result } = await tryClient(client)
  const page = await browser.newPage({ viewport: { width: 1_000, height: 1_000 }, colorScheme: 'light' })
  await page.setContent(htmlText({ ...result, client: 'python3 client.py' }))
  const png = await page.screenshot()
  await writeFile(`${FOLDER}/grade.webp`, await sharp(png).webp({ quality: 80, effort: 6 }).toBuffer())
  await page.close()
}
