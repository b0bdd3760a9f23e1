import type { Defect } from '../defect.ts'

/** Money. */
export const billing: readonly Defect[] = [
  {
    id: 'no-reserve',
    breaks: ['bill.reserve'],
    also: ['bill.parallel', 'submit.no-trace', 'idem.broke-replay'],
    description: 'nothing is reserved, and success takes the money',
  },
  {
    id: 'reserve-one-image',
    breaks: ['bill.reserve'],
    description: 'one image’s floor is reserved, however many are asked for',
  },
  {
    id: 'settle-keeps-reservation',
    breaks: ['bill.settle'],
    description: 'success charges, and leaves the reservation',
  },
  {
    id: 'settle-floor-only',
    breaks: ['bill.settle'],
    description: 'success charges the floor, whatever the final amount',
  },
  {
    id: 'refund-forgotten',
    breaks: ['bill.release'],
    also: ['submit.longer-budget'],
    description: 'failure leaves the reservation',
  },
  {
    id: 'failure-charged',
    breaks: ['bill.release'],
    also: ['submit.longer-budget'],
    description: 'failure charges what was reserved',
  },
  {
    id: 'no-balance-check',
    breaks: ['bill.insufficient'],
    also: ['bill.parallel', 'idem.retry-after-402', 'submit.no-trace'],
    description: 'a submit is accepted whatever the balance',
  },
  {
    id: 'exact-balance-refused',
    breaks: ['bill.insufficient'],
    also: ['bill.parallel', 'idem.retry-after-402', 'idem.broke-replay'],
    description: 'a balance of exactly the floor is 402',
  },
  {
    id: '402-as-400',
    breaks: ['bill.insufficient'],
    also: ['bill.parallel', 'idem.retry-after-402', 'submit.no-trace'],
    description: 'an insufficient balance is 400',
  },
  {
    id: '402-makes-job',
    breaks: ['bill.insufficient'],
    also: ['submit.no-trace', 'idem.retry-after-402', 'bill.parallel'],
    description: 'the job is made before its 402, and runs for nothing',
  },
  {
    id: 'settles-when-polled',
    breaks: ['bill.unpolled'],
    also: ['poll.no-effect', 'bill.settle', 'bill.parity'],
    description: 'a job’s money is settled by its first poll after the end',
  },
  {
    id: 'callback-when-polled',
    breaks: ['bill.unpolled'],
    also: [
      'callback.delivered',
      'callback.payload',
      'callback.signature',
      'callback.retry',
      'callback.stops',
      'callback.best-effort',
      'callback.not-before',
    ],
    description: 'a job’s callback is sent by its first poll after the end',
  },
  {
    id: 'async-surcharge',
    breaks: ['bill.parity'],
    also: ['bill.settle'],
    description: 'async work costs a tenth more',
  },
  {
    id: 'async-one-output-charged',
    breaks: ['bill.parity'],
    also: ['bill.settle'],
    description: 'async work is charged for one output',
  },
  {
    id: 'balance-race',
    breaks: ['bill.parallel'],
    description: 'something is awaited between looking at the balance and reserving',
  },
  {
    id: 'settle-loses-difference',
    breaks: ['bill.conserved'],
    also: ['bill.settle'],
    description:
      'what was reserved beyond the final amount is lost, and what is charged beyond the reservation comes from ' +
      'nowhere',
  },
  {
    id: 'reservation-in-limbo',
    breaks: ['bill.conserved'],
    description: 'while a job runs, its money is neither available nor reserved nor spent',
  },
]
