// Of vitest's JSON reports: every test that failed, with why, and at last how many passed and how many failed.
import { readFileSync } from 'node:fs'

const reports = process.argv.slice(2).map(read)
const sum = (count) => reports.reduce((total, report) => total + count(report), 0)
for (const { name, message, assertionResults } of reports.flatMap(({ testResults }) => testResults)) {
  const failed = assertionResults.filter(({ status }) => status === 'failed')
  if (message && failed.length === 0) console.log(`FAILED ${name}\n${message}\n`)
  for (const { fullName, failureMessages } of failed) {
    console.log(`FAILED ${name} > ${fullName}\n${failureMessages.join('\n').slice(0, 4000)}\n`)
  }
}
console.log(`${sum((report) => report.numPassedTests)} passed, ${sum(failures)} failed`)

/** A run that ended before it reported has passed nothing, and counts as one that failed. */
function read(path) {
  const text = readFileSync(path, 'utf8')
  if (text !== '') return JSON.parse(text)
  console.log(`FAILED: vitest ended without its report ${path}\n`)
  return { numPassedTests: 0, numFailedTests: 1, testResults: [] }
}

/** A file that could not be read has no tests, and counts as one that failed. */
function failures(report) {
  return report.numFailedTests || (report.success ? 0 : Math.max(1, report.numFailedTestSuites))
}
