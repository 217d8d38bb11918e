/** A knip reporter that says how many files knip looked at, so that a run over nothing is seen to be one. */
export default ({ counters, write }) => write(`${counters.total} files`)
