/// Where addresses stand in the headers of tunnels, and what nothing here knows of them.

extension GTPHeader {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    // What a container of the radio network holds nobody here knows. Lengths and types stay, or the chain would break.
    let start = headerLength &- extensions.bytes.byteCount
    var (kind, offset) = (extensions.first, 0)
    while let (found, content) = extensions.next(&kind, &offset) {
      switch found {
      case GTPExtensions.Kind.port, GTPExtensions.Kind.session, GTPExtensions.Kind.packetNumber: break
      default: body(.unknown(from: start &+ content.lowerBound, to: start &+ content.upperBound))
      }
    }
    guard !carriesPacket else { return }
    // An error tells an address, and others tell of the ends.
    let rest = bytes.byteCount &- headerLength
    if rest > 0 { body(AddressPlace(.undecoded, at: headerLength, length: rest)) }
  }
}

extension TeredoHeader {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    // The names and proofs of a client; the origin is written so that no address can be put in its place.
    if hasAuthentication {
      let confirmation = authenticationEnd &- Field.confirmationLength
      body(.unknown(from: Field.identifier, to: confirmation))
    }
    if hasOrigin {
      body(.unknown(from: authenticationEnd &+ Field.port, to: authenticationEnd &+ Field.originLength))
    }
  }
}

extension L2TPHeader {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    let rest = bytes.byteCount &- headerLength
    if isControl, rest > 0 { body(AddressPlace(.undecoded, at: headerLength, length: rest)) }
  }
}
