/**
 * Signatures of traces (Ed25519): whoever may write a shared cache could otherwise make everybody's results. A private key
 * stays in its owner's configuration; its public half is text, `ed25519:…`, that others name as one that they trust.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto"
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

const PREFIX = "ed25519:"
const PUBLIC = /^ed25519:[\w-]{43}$/

/** What is signed is a trace, and nothing else that this key may ever sign. */
const CONTEXT = Buffer.from("pipeline trace 1\n")
const message = (bytes: Uint8Array) => Buffer.concat([CONTEXT, bytes])

export interface Signer {
  /** The public half of its key. */
  readonly publicKey: string
  /** base64url */
  sign(bytes: Uint8Array): string
}

export const isPublicKey = (text: string): boolean => PUBLIC.test(text)

const textOf = (key: KeyObject): string => `${PREFIX}${key.export({ format: "jwk" }).x}`

const keyOf = (text: string): KeyObject =>
  createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: text.slice(PREFIX.length) }, format: "jwk" })

/** Whether a signature is the key's, over these bytes. */
export function isSignedBy(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  try {
    return isPublicKey(publicKey) && verify(null, message(bytes), keyOf(publicKey), Buffer.from(signature, "base64url"))
  } catch {
    return false // no point of the curve
  }
}

/** Makes a key in a new file that nobody else may read. Throws errors of the file system, EEXIST among them. */
export function makeKey(path: string): Signer {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const { privateKey } = generateKeyPairSync("ed25519")
  writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }), { flag: "wx", mode: 0o600 })
  chmodSync(path, 0o600)
  return signerOf(privateKey)
}

/** The key in a file. Throws errors of the file system, and an error that says what is wrong with it. */
export function readKey(path: string): Signer {
  const { mode } = statSync(path)
  if ((mode & 0o077) !== 0) throw new Error("others may read it; expected a file of your own (chmod 600)")
  let key: KeyObject
  try {
    key = createPrivateKey(readFileSync(path))
  } catch {
    throw new Error("expected a private key in PEM, as `pipeline cache key` makes it")
  }
  if (key.asymmetricKeyType !== "ed25519")
    throw new Error(`expected a key of the type ed25519, found ${key.asymmetricKeyType}`)
  return signerOf(key)
}

const signerOf = (key: KeyObject): Signer => ({
  publicKey: textOf(createPublicKey(key)),
  sign: (bytes) => sign(null, message(bytes), key).toString("base64url")
})
