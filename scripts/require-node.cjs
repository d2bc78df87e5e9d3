'use strict'
/*
 * The first thing that every program runs: an older Node would fail somewhere later, with an error of its own or with
 * empty answers. Written so that Node 6 can read it. The build puts it before the server, too.
 */
/* 20.15 is the first with zlib.crc32, which Parquet's checksums need. */
const LEAST = [20, 15]
const parts = process.versions.node.split('.').map(Number)
if (parts[0] < LEAST[0] || (parts[0] === LEAST[0] && parts[1] < LEAST[1])) {
  console.error(
    'This needs Node ' +
      LEAST.join('.') +
      ' or newer, and is run by ' +
      process.versions.node +
      '; install Node 22 or 24.',
  )
  process.exit(1)
}
