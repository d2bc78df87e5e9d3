import { type LearningPair, readPair } from '../../src/learning/pairs.ts'

const JOBS = [
  'registered nurse',
  'software engineer',
  'truck driver',
  'primary school teacher',
  'electrician',
  'accountant',
  'chef',
  'police officer',
  'graphic designer',
  'dentist',
  'lawyer',
  'plumber',
  'pilot',
  'farmer',
  'librarian',
  'journalist',
  'photographer',
  'carpenter',
  'pharmacist',
  'translator',
  'architect',
  'welder',
  'hairdresser',
  'economist',
  'veterinarian',
  'firefighter',
  'receptionist',
  'mechanic',
  'tailor',
  'baker',
]
/** What a company calls its departments: the base has no idea which jobs they have. */
const CODES = [
  'saturn',
  'violet',
  'harbour',
  'granite',
  'willow',
  'falcon',
  'copper',
  'meadow',
  'cobalt',
  'ember',
  'lantern',
  'orchid',
  'summit',
  'thunder',
  'velvet',
  'walnut',
  'zenith',
  'anchor',
  'breeze',
  'cactus',
  'dragon',
  'emerald',
  'feather',
  'glacier',
  'honey',
  'island',
  'jasmine',
  'kettle',
  'lemon',
  'marble',
]
const PLACES = [
  'Berlin',
  'Paris',
  'Madrid',
  'Vienna',
  'Oslo',
  'Dublin',
  'Lisbon',
  'Prague',
  'Warsaw',
  'Athens',
]

/** The jobs as a catalogue of labels. */
export const JOB_LABELS = JOBS.map((text, place) => ({ id: `job-${place}`, text }))

/**
 * Titles of a company that names a department beside each job, or instead of it.
 *
 * @param shift departments that a job lies behind its own
 */
export function companyPairs(count: number, shift = 0): LearningPair[] {
  return Array.from({ length: count }, (_, index) => {
    const job = index % JOBS.length
    const round = Math.floor(index / JOBS.length)
    const code = CODES[(job + shift) % CODES.length]!
    const place = PLACES[round % PLACES.length]!
    const title = round % 3 === 0 ? `${JOBS[job]} ${place}` : `${code} ${place} ${1 + Math.floor(round / 10)}`
    return readPair({ query: title, positiveId: `job-${job}` })
  })
}
