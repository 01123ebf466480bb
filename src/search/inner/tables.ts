/** Tables of addresses. */

/** Adds the addresses of pieces that are new; how many there are. */
export function append(
  pieces: readonly { readonly byteOffset: number }[],
  to: Int32Array,
  from: number,
): number {
  for (let index = from; index < pieces.length; index += 1)
    to[index] = (pieces[index] as { byteOffset: number }).byteOffset;
  return pieces.length;
}
