/// Where addresses stand in the headers of links, and in ARP.

extension EthernetHeader {
  @inline(__always)
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    body(.hardware(at: Field.destination))
    body(.hardware(at: Field.source))
  }
}

extension LinuxCookedHeader {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    LinuxCooked.visitPlace(at: Field.address, Int(addressLength), body)
  }
}

extension LinuxCooked2Header {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    LinuxCooked.visitPlace(at: Field.address, Int(addressLength), body)
  }
}

extension LinuxCooked {
  /// The octets that the address has in the header, of which a shorter one fills the first.
  private static var addressRoom: Int { 8 }

  fileprivate static func visitPlace(at offset: Int, _ length: Int, _ body: (AddressPlace) -> Void) {
    var known = 0
    switch length {
    case AddressPlace.hardwareLength:
      body(.hardware(at: offset))
      known = length
    // The other end of a tunnel over IPv4, or the first half of it over IPv6.
    case AddressPlace.ipv4Length:
      body(.ipv4(at: offset))
      known = length
    case AddressPlace.ipv6Length:
      body(AddressPlace(.ipv6, at: offset, length: addressRoom))
      known = addressRoom
    default: break
    }
    if known < addressRoom { body(.unknown(from: offset &+ known, to: offset &+ addressRoom)) }
  }
}

extension SLARPMessage {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    if hasAddress { body(.ipv4(at: Field.address)) }
  }
}

extension PKTAPHeader {
  /// Where a header tells of the machine: the interface's name, and two processes with their names. A process's number
  /// stands in the first four octets of its field.
  public static let identityFields: (interface: Range<Int>, processes: [Range<Int>]) = (
    Field.interfaceName..<(Field.interfaceName + Field.interfaceNameLength),
    [Field.process..<(Field.name + Field.nameLength), Field.effectiveProcess..<Field.length]
  )

  func forEachAddress(_ body: (AddressPlace) -> Void) {
    if headerLength > Field.length { body(.unknown(from: Field.length, to: headerLength)) }
  }
}

extension ARPHeader {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    var offset = Field.length
    for _ in 0..<2 {
      if hasEthernetAddresses {
        body(.hardware(at: offset))
      } else {
        body(.unknown(from: offset, to: offset &+ hardwareSize))
      }
      offset &+= hardwareSize
      if hasIPv4Addresses {
        body(.ipv4(at: offset))
      } else {
        body(.unknown(from: offset, to: offset &+ protocolSize))
      }
      offset &+= protocolSize
    }
  }
}
