import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'

/** The ids of the habits. */
export const HABITS = [
  'poll.ends',
  'poll.pace',
  'poll.backs-off',
  'poll.retry-after',
  'poll.patient',
  'poll.gone',
  'submit.same-id',
  'submit.tries-again',
  'submit.own-id',
  'submit.not-retried',
  'submit.once',
  'failure.surfaces',
  'callback.not-needed',
  'callback.acknowledged',
  'callback.verified',
  'callback.signature-first',
  'result.in-time',
  'result.renewed',
  'result.whole',
  'secret.key-at-home',
  'secret.not-in-url',
  'lenient.fields',
  'lenient.text',
] as const

export type Habit = (typeof HABITS)[number]

/**
 * A program that has images made by Phota. It finds its server and key in `PHOTA_BASE_URL` and `PHOTA_API_KEY`, and
 * ends with exit code 0 when it has all its pictures.
 */
export interface Client {
  /** Says language and mistake, such as `py-polls-every-100-ms`. */
  name: string
  language: Language
  /** The habit that it breaks; null if it breaks none. */
  habit: Habit | null
  /** Habits that the same mistake breaks as well. A report may name them or not. */
  also: readonly Habit[]
  /** Whether it listens for callbacks at `PHOTA_RECEIVER_PORT`, any path, if that is set. */
  receiver: boolean
  /** How it ends when nothing goes wrong, its callbacks included: with its pictures, an error, or not in a minute. */
  ends: 'pictures' | 'error' | 'never'
  /** Commands that exit with 0 on a machine that can run it. */
  needs: string[][]
  /** The program's text. */
  source(): string
  /** Writes the program into an existing directory. Returns the command line that runs it, at any working directory. */
  command(dir: string): string[]
}

export type Language = 'python' | 'typescript' | 'bash' | 'java' | 'perl'

/** Text that stands in the right client exactly once, and what stands there instead. */
export type Substitution = readonly [text: string, instead: string]

/** What a table says of a client; what it leaves out is as for a right one. */
export type Told = Pick<Client, 'name'> & Partial<Pick<Client, 'habit' | 'also' | 'receiver' | 'ends' | 'needs'>>

/** How a program is run: its language, its command line, and what the machine must have. */
interface Runner {
  language: Language
  command(file: string): string[]
  needs: string[]
}

const NODE = [process.execPath, '--experimental-strip-types', '--disable-warning=ExperimentalWarning']

const RUNNERS: Readonly<Record<string, Runner>> = {
  '.py': { language: 'python', command: (file) => ['python3', '-B', file], needs: ['python3', '--version'] },
  '.ts': { language: 'typescript', command: (file) => [...NODE, file], needs: [process.execPath, '--version'] },
  '.sh': { language: 'bash', command: (file) => ['bash', file], needs: ['bash', '--version'] },
  '.java': { language: 'java', command: compiled, needs: ['javac', '--version'] },
  '.pl': { language: 'perl', command: (file) => ['perl', file], needs: ['perl', '--version'] },
}

/** Java's single-file mode would compile at every run. */
function compiled(file: string): string[] {
  const dir = dirname(file)
  execFileSync('javac', ['-encoding', 'UTF-8', '-d', dir, file])
  return ['java', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', dir, basename(file, '.java')]
}

/** The text of a file of this folder. */
export function textOf(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8')
}

/** A client that is a file of this folder. `run` is its command line, if another than its language's. */
export function whole(file: string, told: Told, run?: (path: string) => string[]): Client {
  return client(file, told, () => textOf(file), run)
}

/**
 * The right client, with a few words changed.
 *
 * @throws {Error} from `source` and `command`, if a text does not stand in the right client exactly once
 */
export function changed(
  file: 'right.py' | 'right.ts' | 'lawful/sync.py',
  told: Told,
  ...substitutions: Substitution[]
): Client {
  return client(file, told, () => {
    let text = textOf(file)
    for (const [old, instead] of substitutions) {
      const [before, after, ...more] = text.split(old)
      if (after === undefined || more.length > 0) {
        throw new Error(`${told.name}: expected once in ${file}, found ${text.split(old).length - 1} times: ${old}`)
      }
      text = before + instead + after
    }
    return text
  })
}

function client(file: string, told: Told, source: () => string, run?: (path: string) => string[]): Client {
  const runner = RUNNERS[extname(file)]!
  return {
    language: runner.language,
    habit: null,
    also: [],
    receiver: file.startsWith('right.'),
    ends: 'pictures',
    ...told,
    needs: [runner.needs, ...(told.needs ?? [])],
    source,
    command(dir) {
      mkdirSync(join(dir, told.name), { recursive: true })
      const path = join(dir, told.name, basename(file))
      writeFileSync(path, source())
      return (run ?? runner.command)(path)
    },
  }
}
