/** An object that JSON holds whole: what an API keeps in a World, and the engine never reads. */
export type Plain = { [name: string]: unknown }
