/** Bytes from outside are not of the format that they should be of. The message says what is wrong, without a subject. */
export class Malformed extends Error {
  override readonly name = "Malformed"
}
