import { didOf } from '@trustmesh/identity'
import { type Established, type Frame, isCloseCode, Session } from '@trustmesh/protocol'
import { describe, expect, it } from 'vitest'
import { WELCOME } from '../protocol-kit.ts'
import { bytesOf, generated, onDisk, type Shown, shown } from './golden.ts'
import { ed25519Key } from './reference.ts'
import { SESSION_FAULTS, SESSIONS, type SessionCase, type SessionFault } from './session-cases.ts'

const FILE = 'session.json'
const written = generated(FILE, { version: 1, cases: SESSIONS, invalid: SESSION_FAULTS })
const { cases, invalid } = JSON.parse(onDisk(FILE)) as {
  cases: readonly Shown<SessionCase>[]
  invalid: readonly Shown<SessionFault>[]
}

type Terms = Pick<Shown<SessionCase>, 'purpose' | 'session' | 'messagesPerKey'>

function sessionOf(role: 'initiator' | 'responder', { purpose, session: keys, messagesPerKey }: Terms): Session {
  const secrets: Established['secrets'] = {
    id: bytesOf(keys.id),
    initiatorKey: bytesOf(keys.initiatorKey),
    responderKey: bytesOf(keys.responderKey),
    resumption: new Uint8Array(32),
  }
  const peer = didOf(ed25519Key(new Uint8Array(32)))
  const established: Established = {
    peer,
    purpose,
    resumed: false,
    secrets,
    welcome: WELCOME,
    attachments: [],
  }
  return new Session({ established, role, at: 0, framesPerKey: messagesPerKey })
}

/** A frame as it stands in JSON. */
const listed = ({ type, ...fields }: Frame): unknown => [type, shown(fields)]

it('session.json is what the generator makes, byte for byte', () => {
  expect(onDisk(FILE)).toBe(written)
})

describe('session.json', () => {
  it.each(invalid.map((fault) => [fault.name, fault.code, fault] as const))('refuses %s: %s', (_, code, fault) => {
    const session = sessionOf(fault.to, fault)
    for (const message of fault.received) session.open(bytesOf(message))
    expect(() => session.open(bytesOf(fault.message))).toThrow(expect.objectContaining({ name: 'ProtocolError', code }))
    expect(isCloseCode(code)).toBe(true)
  })

  it.each(cases.map((one) => [one.name, one] as const))('is what is sealed, and what is opened: %s', (_, one) => {
    const ends = { initiator: sessionOf('initiator', one), responder: sessionOf('responder', one) }
    for (const { from, at, frames, sealed } of one.messages) {
      const to = from === 'initiator' ? 'responder' : 'initiator'
      const opened = ends[to].open(bytesOf(sealed))
      expect(opened.map(listed)).toEqual(frames)
      for (const frame of opened) ends[from].push(frame)
      expect(shown(ends[from].flush(at))).toEqual([sealed])
    }
  })

  it('has every type of frame, but for those between nodes', () => {
    const types = new Set(
      cases.flatMap(({ messages }) => messages.flatMap(({ frames }) => frames.map(([type]) => type))),
    )
    expect([...types].sort()).toEqual([
      'ack',
      'close',
      'evidence',
      'explain',
      'explained',
      'find',
      'found',
      'greet',
      'heard',
      'lookup',
      'message',
      'notice',
      'ping',
      'pong',
      'proofs',
      'query',
      'say',
      'standing',
      'statement',
      'status',
    ])
    expect(cases.flatMap(({ messages }) => messages).filter(({ rekeys }) => rekeys).length).toBeGreaterThan(3)
  })

  it('names no two cases alike', () => {
    const names = [...cases, ...invalid].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
