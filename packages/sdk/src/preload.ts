/** Loads what is otherwise loaded once it is needed: where no real time may pass, because a run has to take the same course. */
export async function preload(): Promise<void> {
  await Promise.all([
    import('./chain-proof.ts'),
    import('./discovery/verification.ts'),
    import('./revocation-proof.ts'),
    import('@trustmesh/identity/did-document'),
  ])
}
