// Apple's packet tap, LINKTYPE_PKTAP: what goes before a frame to say whose it is, in little-endian order. See
// https://www.tcpdump.org/linktypes/LINKTYPE_PKTAP.html and bsd/net/pktap.h of XNU.
//
//     header length 4, record type 4, data link type 4, interface name 24, flags 4, protocol family 4,
//     link header length 4, link trailer length 4, process 4, its name 20, service class 4, interface type 2,
//     unit 2, effective process 4, its name 20, and what later versions add

/// The header of a packet tap, version 1, without what may follow its first 108 octets.
public struct PKTAPHeader: Header, ~Escapable {
  /// Offsets, and lengths of the texts.
  public enum Field {
    static let headerLength = 0
    static let recordType = 4
    static let dataLinkType = 8
    static let interfaceName = 12
    static let flags = 36
    static let family = 40
    static let linkHeaderLength = 44
    static let linkTrailerLength = 48
    /// The process's number, and behind it its name.
    public static let process = 52
    static let name = 56
    static let serviceClass = 76
    static let interfaceType = 80
    static let unit = 82
    static let effectiveProcess = 84
    static let effectiveName = 88
    /// The header's whole length.
    public static let length = 108
    /// The octets of an interface's name, the last one zero.
    public static let interfaceNameLength = 24
    /// The octets of a process's name, the last one zero.
    public static let nameLength = 20
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .pktap)
    self.bytes = bytes
    let length = bytes.littleEndianUInt32(at: Field.headerLength)
    guard length >= Field.length, length <= UInt32(Int32.max) else {
      throw DecodeError(.pktap, offset: Field.headerLength, .invalidLength(value: Int(length)))
    }
    try bytes.require(Int(length), .pktap)
  }

  /// The length of the header, with all that later versions add.
  public var headerLength: Int { Int(bytes.littleEndianUInt32(at: Field.headerLength)) }
  /// What follows: 1 is a packet.
  public var recordType: UInt32 { bytes.littleEndianUInt32(at: Field.recordType) }
  /// How the frame begins, as macOS numbers it.
  public var dataLinkType: UInt32 { bytes.littleEndianUInt32(at: Field.dataLinkType) }
  /// The name of the interface.
  public var interfaceName: RawSpan {
    @_lifetime(copy self) get { text(at: Field.interfaceName, Field.interfaceNameLength) }
  }
  /// Bit 0: to this machine; bit 1: from it.
  public var flags: UInt32 { bytes.littleEndianUInt32(at: Field.flags) }
  /// The address family, as macOS numbers it: 2 is IPv4, 30 IPv6.
  public var family: UInt32 { bytes.littleEndianUInt32(at: Field.family) }
  /// The process whose packet it is; -1: not known.
  public var process: Int32 { Int32(truncatingIfNeeded: bytes.littleEndianUInt32(at: Field.process)) }
  /// Its name.
  public var name: RawSpan { @_lifetime(copy self) get { text(at: Field.name, Field.nameLength) } }
  /// The process on whose behalf that one acted; -1: none.
  public var effectiveProcess: Int32 {
    Int32(truncatingIfNeeded: bytes.littleEndianUInt32(at: Field.effectiveProcess))
  }
  /// Its name.
  public var effectiveName: RawSpan { @_lifetime(copy self) get { text(at: Field.effectiveName, Field.nameLength) } }

  /// Which way the frame went.
  public var direction: Direction { flags & 1 != 0 ? .inbound : flags & 2 != 0 ? .outbound : .unknown }

  /// How the frame behind the header begins.
  public var linkType: LinkType { Self.linkType(of: dataLinkType) }

  public var step: Step {
    let frame = bytes.slice(from: headerLength)
    let next = recordType == 1 ? Registry.first(linkType, frame) : .data
    // A tap within a tap is none.
    return Step(next == .pktap ? .data : next, headerLength: headerLength)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    if context.direction == .unknown {
      switch direction {
      case .inbound: text.append("In")
      case .outbound: text.append("Out")
      case .unknown: break
      }
    }
    guard context.next == .data || context.next == .none else { return }
    text.append(" data link type ")
    text.append(decimal: dataLinkType)
    text.append(" len ")
    text.append(decimal: context.wireLength &- headerLength)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("hdrlen", headerLength)
    visitor.number("rectype", UInt64(recordType), recordType == 1 ? "packet" : nil)
    visitor.number("dlt", dataLinkType)
    visitor.text("ifname", interfaceName)
    visitor.hexadecimal("flags", flags, digits: 8)
    visitor.number("pfamily", UInt64(family), family == 2 ? "IPv4" : family == 30 ? "IPv6" : nil)
    visitor.number("llhdrlen", bytes.littleEndianUInt32(at: Field.linkHeaderLength))
    visitor.number("lltrlrlen", bytes.littleEndianUInt32(at: Field.linkTrailerLength))
    visitor.number("pid", UInt64(UInt32(bitPattern: process)), process < 0 ? "not known" : nil)
    visitor.text("cmdname", name)
    visitor.hexadecimal("svc_class", bytes.littleEndianUInt32(at: Field.serviceClass), digits: 8)
    visitor.number("iftype", bytes.uint16(at: Field.interfaceType).byteSwapped)
    visitor.number("ifunit", bytes.uint16(at: Field.unit).byteSwapped)
    visitor.number("epid", UInt64(UInt32(bitPattern: effectiveProcess)), effectiveProcess < 0 ? "none" : nil)
    visitor.text("ecmdname", effectiveName)
  }

  /// A text that ends with its field, or before at a zero.
  @_lifetime(copy self)
  private func text(at offset: Int, _ length: Int) -> RawSpan {
    var count = 0
    while count < length, bytes.uint8(at: offset &+ count) != 0 { count &+= 1 }
    return bytes.slice(from: offset, length: count)
  }

  /// The number that macOS has for a link type: the DLT_ of BSD systems, where raw IP is 12.
  public static func number(of linkType: LinkType) -> UInt32 {
    linkType == .raw ? UInt32(LinkType.rawBSD.rawValue) : UInt32(linkType.rawValue)
  }

  /// The link type that a number of macOS is.
  static func linkType(of number: UInt32) -> LinkType {
    LinkType(rawValue: UInt16(clamping: number))
  }

  /// The address family of a frame, as macOS numbers it: 2 is IPv4, 30 IPv6, 0 another.
  public static func family(of frame: RawSpan, _ linkType: LinkType) -> UInt32 {
    var type: UInt16 = 0
    if linkType.isRaw {
      guard frame.byteCount > 0 else { return 0 }
      type = frame.uint8(at: 0) >> 4 == 6 ? EtherType.ipv6.rawValue : EtherType.ipv4.rawValue
    } else {
      let offset = linkType == .ethernet ? 12 : linkType == .linuxSLL ? 14 : 0
      guard linkType == .ethernet || linkType == .linuxSLL || linkType == .linuxSLL2 else { return 0 }
      guard frame.byteCount >= offset &+ 2 else { return 0 }
      type = frame.uint16(at: offset)
    }
    return type == EtherType.ipv4.rawValue ? 2 : type == EtherType.ipv6.rawValue ? 30 : 0
  }
}
