import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { AccountsPage } from './pages/accounts-page.tsx'
import { CallbacksPage } from './pages/callbacks-page.tsx'
import { JobPage } from './pages/job-page.tsx'
import { JobsPage } from './pages/jobs-page.tsx'
import { JournalPage } from './pages/journal-page.tsx'
import { ProfilesPage } from './pages/profiles-page.tsx'
import { ScenariosPage } from './pages/scenarios-page.tsx'
import { SubmitPage } from './pages/submit-page.tsx'
import { WorldsPage } from './pages/worlds-page.tsx'
import { connection } from './state/live.ts'
import { go, href, route, type Section, worldId } from './state/route.ts'
import { locked, origin } from './state/session.ts'
import { readNames, worldNames, worldProblem } from './state/world.ts'
import { ClockBar } from './ui/clock-bar.tsx'
import { Message } from './ui/message.tsx'
import { Problem } from './ui/problem.tsx'
import { QuestionDialog } from './ui/question-dialog.tsx'
import { Shortcuts } from './ui/shortcuts.tsx'
import { TokenForm } from './ui/token-form.tsx'

const TITLES: Readonly<Record<Section, string>> = {
  jobs: 'Timeline',
  callbacks: 'Callbacks',
  profiles: 'Profiles',
  accounts: 'Accounts',
  journal: 'Journal',
  submit: 'Submit',
  scenarios: 'Scenarios',
  worlds: 'Worlds',
}

/** The whole page. */
export function App(): JSX.Element {
  const title = TITLES[route.value.section]
  useEffect(() => {
    document.title = `${title} · ${worldId.value} · phota-mock`
    // On a phone, the sections are scrolled.
    document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [title, worldId.value])
  if (locked.value !== null) return <TokenForm />
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: the address names the page, so the click goes there by hand. */}
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header>
        <div class="bar">
          <h1>phota-mock</h1>
          <WorldSelect />
          <Connection />
        </div>
        <ClockBar />
        <Shortcuts />
        <nav aria-label="Sections">
          {Object.entries(TITLES).map(([section, text]) => (
            <a
              key={section}
              href={href({ section: section as Section })}
              aria-current={route.value.section === section ? 'page' : undefined}
            >
              {text}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <Problem text={worldProblem.value} />
        <Page key={worldId.value} />
      </main>
      <footer>
        <a href={`${origin}/openapi.yaml`}>The API, openapi.yaml</a> ·{' '}
        <a href={`${origin}/_mock/openapi.yaml`}>The control API, openapi.yaml</a> · All times are in UTC
      </footer>
      <Message />
      <QuestionDialog />
    </>
  )
}

function skip(event: MouseEvent): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function Page(): JSX.Element {
  const { section, id } = route.value
  switch (section) {
    case 'jobs':
      return id === null ? <JobsPage /> : <JobPage key={id} id={id} />
    case 'callbacks':
      return <CallbacksPage />
    case 'profiles':
      return <ProfilesPage />
    case 'accounts':
      return <AccountsPage />
    case 'journal':
      return <JournalPage />
    case 'submit':
      return <SubmitPage />
    case 'scenarios':
      return <ScenariosPage />
    case 'worlds':
      return <WorldsPage />
  }
}

function WorldSelect(): JSX.Element {
  const names = worldNames.value.includes(worldId.value) ? worldNames.value : [worldId.value, ...worldNames.value]
  return (
    <label>
      <span class="world-word">World</span>{' '}
      <select
        aria-label="World"
        value={worldId.value}
        onFocus={readNames}
        onPointerEnter={readNames}
        onChange={({ currentTarget }) => go({ world: currentTarget.value, section: route.value.section })}
      >
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  )
}

function Connection(): JSX.Element {
  return (
    <span class={`connection ${connection.value}`} role="status">
      <span class="word">{connection.value}</span>
    </span>
  )
}
