export { buildDashboard as setup } from '../../scripts/build-dashboard.ts'
