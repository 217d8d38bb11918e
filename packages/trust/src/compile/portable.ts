/** For pages: their policy may forbid that functions are made of text, and the compiler is many kilobytes. */

/** The schema as it is. */
export function compiled<S>(schema: S): S {
  return schema
}
