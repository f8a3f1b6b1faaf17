// Point-to-Point Protocol, RFC 1661; on most links with the address and control of its HDLC-like framing, RFC 1662, or
// where those are compressed without them.
//
//     0         1         2          4
//     +---------+---------+----------+----------- - -
//     | address | control | protocol | information
//     +---------+---------+----------+----------- - -
//       0xff      0x03      one octet where its low bit is set, else two
//
// A link that was taken for PPP may speak Cisco HDLC (`CiscoHDLCHeader`), whose addresses PPP does not have.

/// The PPP header.
public struct PPPHeader: Header, ~Escapable {
  enum Field {
    static let address = 0
    static let control = 1
    static let framingLength = 2
    static let shortProtocol = 1
    static let longProtocol = 2
    /// Of a control protocol's packet, counted from the information's start.
    static let code = 0, identifier = 1
    static let controlLength = 4
  }

  /// The address of every station, the only one that PPP has.
  static let allStations: UInt8 = 0xff

  let bytes: RawSpan
  /// Whether there is a framing at all, of HDLC's kind: `.framedPPP`.
  let mayBeFramed: Bool

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try self.init(bytes, .framedPPP)
  }

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, _ kind: LayerKind) throws(DecodeError) {
    mayBeFramed = kind == .framedPPP
    try bytes.require(Field.shortProtocol, .ppp)
    self.bytes = bytes
    guard !isCiscoHDLC else { return }
    let start = protocolOffset
    try bytes.require(start &+ Field.shortProtocol, .ppp)
    try bytes.require(headerLength, .ppp)
  }

  /// Whether address and control are there.
  public var isFramed: Bool { mayBeFramed && bytes.uint8(at: Field.address) == Self.allStations }
  /// Whether there is no PPP at all but Cisco HDLC, which has other addresses.
  public var isCiscoHDLC: Bool {
    let first = bytes.uint8(at: Field.address)
    return mayBeFramed && (first == CiscoHDLCHeader.unicast || first == CiscoHDLCHeader.multicast)
  }
  /// The address; of no meaning where there is none.
  public var address: UInt8 { bytes.uint8(at: Field.address) }
  /// The control field, 3 for unnumbered information; of no meaning where there is none.
  public var control: UInt8 { bytes.uint8(at: Field.control) }

  private var protocolOffset: Int { isFramed ? Field.framingLength : 0 }
  /// Whether the number of the protocol takes one octet: RFC 1661 section 6.5.
  private var isCompressed: Bool { bytes.uint8(at: protocolOffset) & 1 != 0 }
  private var headerLength: Int {
    protocolOffset &+ (isCompressed ? Field.shortProtocol : Field.longProtocol)
  }

  /// What it carries.
  public var protocolNumber: PPPProtocol {
    PPPProtocol(
      rawValue: isCompressed ? UInt16(bytes.uint8(at: protocolOffset)) : bytes.uint16(at: protocolOffset))
  }

  public var step: Step {
    isCiscoHDLC ? Step(.ciscoHDLC, headerLength: 0) : Step(LayerKind(protocolNumber), headerLength: headerLength)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    guard context.next == .data || context.next == .none, !isCiscoHDLC else { return }
    text.append("PPP", style: .protocolName)
    if let name = protocolNumber.name {
      text.append(" ")
      text.append(name)
    } else {
      text.append(" protocol 0x")
      text.append(hexadecimal: UInt64(protocolNumber.rawValue), digits: 4)
    }
    let information = bytes.slice(from: headerLength)
    if protocolNumber.isControl, information.byteCount >= Field.controlLength {
      let code = information.uint8(at: Field.code)
      text.append(" ")
      if let name = PPPProtocol.name(ofCode: code) {
        text.append(name)
      } else {
        text.append("code ")
        text.append(decimal: code)
      }
      text.append(" id ")
      text.append(decimal: information.uint8(at: Field.identifier))
    }
    text.append(" len ")
    text.append(decimal: Swift.max(0, context.wireLength &- headerLength))
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    if isCiscoHDLC { return }
    if isFramed {
      visitor.hexadecimal("address", address, digits: 2)
      visitor.hexadecimal("control", control, digits: 2)
    }
    visitor.hexadecimal("protocol", UInt64(protocolNumber.rawValue), digits: 4, protocolNumber.name)
  }
}

/// What PPP carries. See the PPP DLL protocol numbers at IANA.
@frozen
public struct PPPProtocol: RawRepresentable, Hashable, Sendable {
  /// The sixteen-bit number.
  public var rawValue: UInt16
  /// A protocol by number.
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// IPv4, RFC 1332.
  @inlinable public static var ipv4: PPPProtocol { PPPProtocol(rawValue: 0x0021) }
  /// IPv6, RFC 5072.
  @inlinable public static var ipv6: PPPProtocol { PPPProtocol(rawValue: 0x0057) }
  /// MPLS, RFC 3032 section 4.
  @inlinable public static var mpls: PPPProtocol { PPPProtocol(rawValue: 0x0281) }
  /// MPLS with a label that came from upstream.
  @inlinable public static var mplsUpstream: PPPProtocol { PPPProtocol(rawValue: 0x0283) }
  /// The link's own control protocol, RFC 1661.
  @inlinable public static var linkControl: PPPProtocol { PPPProtocol(rawValue: 0xc021) }

  /// Whether its packets have a code and an identifier as the link's control protocol has them: the network control
  /// protocols too.
  var isControl: Bool { self == .linkControl || rawValue >> 14 == 2 }

  /// Its name in words, where it has one here.
  public var name: StaticString? {
    switch rawValue {
    case 0x0021: "IPv4"
    case 0x002d: "VJ compressed TCP"
    case 0x002f: "VJ uncompressed TCP"
    case 0x0031: "bridging"
    case 0x003d: "multilink"
    case 0x0053: "encryption"
    case 0x0057: "IPv6"
    case 0x0061: "compressed header"
    case 0x00fd: "compressed datagram"
    case 0x0281: "MPLS"
    case 0x0283: "MPLS multicast"
    case 0x8021: "IPCP"
    case 0x8031: "BCP"
    case 0x8053: "ECP"
    case 0x8057: "IPV6CP"
    case 0x80fd: "CCP"
    case 0x8281: "MPLSCP"
    case 0xc021: "LCP"
    case 0xc023: "PAP"
    case 0xc025: "LQR"
    case 0xc223: "CHAP"
    case 0xc227: "EAP"
    default: nil
    }
  }

  /// The name of a control packet's code. RFC 1661 section 5.
  static func name(ofCode code: UInt8) -> StaticString? {
    switch code {
    case 1: "configure request"
    case 2: "configure ack"
    case 3: "configure nak"
    case 4: "configure reject"
    case 5: "terminate request"
    case 6: "terminate ack"
    case 7: "code reject"
    case 8: "protocol reject"
    case 9: "echo request"
    case 10: "echo reply"
    case 11: "discard request"
    default: nil
    }
  }
}

extension LayerKind {
  /// The protocol that PPP's number names.
  init(_ number: PPPProtocol) {
    switch number {
    case .ipv4: self = .ipv4
    case .ipv6: self = .ipv6
    case .mpls, .mplsUpstream: self = .mpls
    default: self = .data
    }
  }
}
