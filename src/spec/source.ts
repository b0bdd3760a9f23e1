/**
 * Where a promise comes from, which decides what its breach is worth.
 *
 * - `guide`: the API's guide to asynchronous requests
 * - `reference`: the API's published reference and release notes
 * - `choice`: nobody has published it; phota-mock decided, and others may decide otherwise
 */
export type Source = 'guide' | 'reference' | 'choice'
