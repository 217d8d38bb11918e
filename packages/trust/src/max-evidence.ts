/** As much evidence about a Did as anybody is expected to look through: statements, and bytes of them. */
export const MAX_EVIDENCE = { statements: 4_096, bytes: 4_194_304 } as const
