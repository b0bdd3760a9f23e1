import type { JSX } from 'preact'
import { AccountsPage } from './pages/accounts-page.tsx'
import { JobPage } from './pages/job-page.tsx'
import { JobsPage } from './pages/jobs-page.tsx'
import { JournalPage } from './pages/journal-page.tsx'
import { ScenariosPage } from './pages/scenarios-page.tsx'
import { SubmitPage } from './pages/submit-page.tsx'
import { status } from './state/act.ts'
import { connection } from './state/live.ts'
import { go, href, route, type Section, worldId } from './state/route.ts'
import { locked } from './state/session.ts'
import { readNames, worldNames, worldProblem } from './state/world.ts'
import { ClockBar } from './ui/clock-bar.tsx'
import { Problem } from './ui/problem.tsx'
import { Shortcuts } from './ui/shortcuts.tsx'
import { TokenForm } from './ui/token-form.tsx'

const TITLES: Readonly<Record<Section, string>> = {
  jobs: 'Timeline',
  accounts: 'Accounts',
  journal: 'Journal',
  submit: 'Submit',
  scenarios: 'Scenarios',
}

/** The whole page. */
export function App(): JSX.Element {
  if (locked.value !== null) return <TokenForm />
  return (
    <>
      <header>
        <div class="bar">
          <h1>phota-mock</h1>
          <WorldSelect />
          <Connection />
          <Shortcuts />
        </div>
        <nav aria-label="Sections">
          {Object.entries(TITLES).map(([section, title]) => (
            <a
              key={section}
              href={href({ section: section as Section })}
              aria-current={route.value.section === section ? 'page' : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
        <div class="deck">
          <p
            class={`told ${status.value.failed ? 'failed' : ''}`}
            role="status"
            aria-live="polite"
            aria-label="What happened"
          >
            {status.value.text}
          </p>
          <ClockBar />
        </div>
      </header>
      <main>
        <Problem text={worldProblem.value} />
        <Page key={worldId.value} />
      </main>
    </>
  )
}

function Page(): JSX.Element {
  const { section, id } = route.value
  switch (section) {
    case 'jobs':
      return id === null ? <JobsPage /> : <JobPage key={id} id={id} />
    case 'accounts':
      return <AccountsPage />
    case 'journal':
      return <JournalPage />
    case 'submit':
      return <SubmitPage />
    case 'scenarios':
      return <ScenariosPage />
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
      {connection.value}
    </span>
  )
}
