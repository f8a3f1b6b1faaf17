extension Socket where Endpoint: StreamDomain, Style == StreamStyle {
  /// The protocol that 0 stands for; 0 itself where the domain has but one.
  public static var defaultProtocol: Int32 { Endpoint.defaultStreamProtocol }

  /// Opens a stream socket, of the default protocol unless another is named. See socket(2).
  public init(protocolNumber: Int32 = 0) throws(SystemError) {
    try self.init(number: Style.number, protocolNumber: protocolNumber)
  }
}

extension Socket where Endpoint: DatagramDomain, Style == DatagramStyle {
  /// The protocol that 0 stands for; 0 itself where the domain has but one.
  public static var defaultProtocol: Int32 { Endpoint.defaultDatagramProtocol }

  /// Opens a datagram socket, of the default protocol unless another is named. See socket(2).
  public init(protocolNumber: Int32 = 0) throws(SystemError) {
    try self.init(number: Style.number, protocolNumber: protocolNumber)
  }
}

extension Socket where Endpoint: SequencedPacketDomain, Style == SequencedPacketStyle {
  /// The protocol that 0 stands for; 0 itself where the domain has but one.
  public static var defaultProtocol: Int32 { Endpoint.defaultSequencedPacketProtocol }

  /// Opens a socket for sequenced packets, of the default protocol unless another is named. See socket(2).
  public init(protocolNumber: Int32 = 0) throws(SystemError) {
    try self.init(number: Style.number, protocolNumber: protocolNumber)
  }
}

extension Socket where Endpoint: RawDomain, Style == RawStyle {
  /// The protocol that 0 stands for; nil where there is none, and 0 is refused: EPROTONOSUPPORT.
  public static var defaultProtocol: Int32? { Endpoint.defaultRawProtocol }

  /// Opens a raw socket of a protocol. Needs CAP_NET_RAW, but for netlink. See raw(7).
  public init(protocolNumber: Int32) throws(SystemError) {
    try self.init(number: Style.number, protocolNumber: protocolNumber)
  }
}
