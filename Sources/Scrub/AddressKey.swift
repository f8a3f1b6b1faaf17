internal import Crypto

/// The secret that addresses are changed with: 256 bits, derived from a passphrase.
///
/// It is HKDF (RFC 5869) over SHA-256 of the passphrase's octets, with a fixed salt: the same passphrase gives the same
/// key everywhere. It is not made slow: a passphrase that can be guessed can be found by trying.
public struct AddressKey: Sendable {
  let secret: SymmetricKey

  /// The key of a passphrase, or of any other octets; the more of them nobody knows, the better.
  public init(_ passphrase: [UInt8]) {
    secret = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: passphrase), salt: Array("sockeye scrub".utf8),
      info: Array("addresses 1".utf8),
      outputByteCount: 32)
  }
}

/// A function of 256 pseudorandom bits that nobody can compute without the key: HMAC-SHA256 (RFC 2104).
struct PseudorandomFunction: Sendable {
  /// The most values that whoever uses it remembers.
  let rememberedAtMost: Int
  private let keyed: HMAC<SHA256>

  init(_ key: AddressKey, remembering limit: Int = 1 << 18) {
    keyed = HMAC(key: key.secret)
    rememberedAtMost = limit
  }

  /// The bits of some octets, the first octet in the high bits of the first word.
  func callAsFunction(_ octets: [UInt8]) -> SIMD4<UInt64> {
    // The key's own blocks were hashed once: a copy goes on from there.
    var state = keyed
    state.update(data: octets)
    var words = SIMD4<UInt64>()
    var place = 0
    for octet in state.finalize() where place < 32 {
      words[place / 8] = words[place / 8] << 8 | UInt64(octet)
      place &+= 1
    }
    return words
  }
}
