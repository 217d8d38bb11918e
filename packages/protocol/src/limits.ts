/** Every bound of the wire in one place. Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  /** A WebSocket message, whatever is in it. */
  messageBytes: 65_536,
  /** The body of a message, which belongs to the agents at its ends. */
  bodyBytes: 61_440,
  /** A sealed message between agents: with the 16 bytes that name its connection it fills a body. */
  packetBytes: 61_424,
  /** What one `say` frame carries of a message, and the most that a message may have. */
  sayBytes: 57_344,
  contentBytes: 16_777_216,
  /** Bytes of `say` frames that one side sends before it hears that they have been taken in. */
  unheardBytes: 262_144,
  /** Items of a stream that may be on their way. */
  grant: 1_024,
  receiptBytes: 1_024,
  /** Handshake frame 1: what a responder reads from somebody who has shown nothing yet. */
  helloBytes: 1024,
  /** Handshake frames 2 to 4, which carry attachments. */
  handshakeBytes: 49_152,
  attachments: 16,
  /** Links of a chain, and those who can have a part in it: each issuer, and the last audience. */
  chainLinks: 10,
  chainDids: 11,
  /** Members of whom a node says how lately they have attested what it knows of revocations: the latest. */
  attested: 16,
  /** Agents that one answer lists, statements of evidence in one, and what the envelopes in either have in all. */
  found: 64,
  proofs: 512,
  pageBytes: 61_440,
  /** Raters whom an explanation names, and Dids on the path from a root to one of them. */
  contributions: 16,
  path: 9,
  cookieBytes: 64,
  /** Ids in one frame between nodes: of statements that are held, and that are asked for. */
  haves: 256,
  wants: 64,
  /** Ids of statements of which one frame between nodes asks, or says, whether they are on the disk there. */
  confirms: 256,
  /** Ranges that one frame compares, and keys that an answer lists of one range: it is never four times what was asked (threat F5). */
  ranges: 128,
  listedKeys: 4,
  /** The envelope of a head. */
  headBytes: 4096,
  /** A checkpoint of an audit log, a delegation to a key of one, and the hashes of a proof. */
  noteBytes: 1024,
  linkBytes: 4096,
  proofHashes: 64,
  /** Links that a message between agents may cross. */
  hops: 8,
  /** The whole handshake, not one step of it. */
  handshakeMs: 5_000,
  /** Frames sealed under one key, per direction, and how long one key is used: then the direction is rekeyed. */
  framesPerKey: 2 ** 20,
  keyMs: 3_600_000,
  /** Silence after which a session is over; its initiator pings at a third of it. */
  idleMs: 60_000,
  ticketMs: 600_000,
  /** Bytes that wait for a slow reader before its session is closed; from half of that on it is sent no more messages. */
  backlogBytes: 1_048_576,
} as const
