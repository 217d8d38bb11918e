/**
 * Names as agents give them to themselves, for people to read: never a reason for anything, above all not for what a gate
 * decides (threat I10). What is told here depends on the version of Unicode, so nothing that replicas agree on may rest on it.
 */

/** What an agent calls itself. */
export interface DisplayName {
  /** In NFC. */
  readonly text: string
  /** Whether it may be taken for another name that looks the same: show the Did beside it. */
  readonly isConfusable: boolean
}

/** How a name is to be shown; it has to be one line of bounded length already, as in a manifest. */
export function displayNameOf(name: string): DisplayName {
  const text = name.normalize('NFC')
  const isPlain = text.normalize('NFKC') === text && !UNSEEN.test(text) && isOfOneScript(text) && !isDisguised(text)
  return { text, isConfusable: !isPlain }
}

/** What does not show: ignorable characters, blanks at an end or in a row, blanks other than the usual, heaps of marks. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}|^\s|\s$|\s\s|[^\S ]|\p{M}{3}/u

/** Scripts that are written together: those of one line are no reason for doubt (after UTS #39, "highly restrictive"). */
const WRITTEN_TOGETHER = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
  ...['Arabic', 'Armenian', 'Bengali', 'Cyrillic', 'Devanagari', 'Ethiopic', 'Georgian', 'Greek', 'Gujarati'],
  ...['Gurmukhi', 'Hebrew', 'Kannada', 'Khmer', 'Lao', 'Malayalam', 'Myanmar', 'Oriya', 'Sinhala', 'Tamil'],
  ...['Telugu', 'Thai', 'Tibetan'],
].map((scripts) => {
  const classes = [scripts, 'Common', 'Inherited'].flat().map((script) => `\\p{Script_Extensions=${script}}`)
  return new RegExp(`^[${classes.join('')}]*$`, 'u')
})

function isOfOneScript(text: string): boolean {
  return WRITTEN_TOGETHER.some((scripts) => scripts.test(text))
}

/** Cyrillic and Greek letters that look like Latin ones. */
const LATIN_LIKE = /^[аеіјорсухѕһԁԛԝѵАВЕЅІЈКМНОРСТУХԌԚԜѴαινορυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲϳϹ]+$/u

/** Whether all its letters look like those of another script: a name in Cyrillic that everybody would read as Latin. */
function isDisguised(text: string): boolean {
  return LATIN_LIKE.test(text.replaceAll(/\P{L}/gu, ''))
}
