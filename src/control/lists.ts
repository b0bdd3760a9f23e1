/** What the schemas of the API and of its control API list, in their order. */
export { enums as lists } from '../spec/control/enums.ts'
