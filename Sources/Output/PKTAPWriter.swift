import Wire

/// Writes the PKTAP header, version 1, that stands before a packet and names its process, lowest octet first. See
/// https://www.tcpdump.org/linktypes/LINKTYPE_PKTAP.html.
enum PKTAPWriter {
  /// Writes the header of a frame; without a process it has the number -1.
  static func append(
    _ frame: borrowing Frame, _ interface: String?, _ pid: UInt32?, _ name: [UInt8], to text: inout TextBuffer
  ) {
    typealias Field = PKTAPHeader.Field
    let start = text.count
    let linkType = frame.info.linkType
    text.append(little: UInt32(Field.length))
    // The record is a packet.
    text.append(little: 1 as UInt32)
    text.append(little: PKTAPHeader.number(of: linkType))
    append(Array((interface ?? "").utf8), Field.interfaceNameLength, to: &text)
    let flags: UInt32 = frame.info.direction == .inbound ? 1 : frame.info.direction == .outbound ? 2 : 0
    text.append(little: flags)
    text.append(little: PKTAPHeader.family(of: frame.bytes, linkType))
    text.append(little: UInt32(linkType == .ethernet ? 14 : 0))
    text.append(little: 0 as UInt32)
    text.append(little: pid ?? UInt32.max)
    append(name, Field.nameLength, to: &text)
    text.append(little: 0 as UInt32)
    // An interface type of SNMP's: 6 is Ethernet, 1 another.
    text.append(little: UInt16(linkType == .ethernet ? 6 : 1))
    text.append(little: 0 as UInt16)
    text.append(little: UInt32.max)
    append([], Field.nameLength, to: &text)
    assert(text.count &- start == Field.length)
  }

  /// Writes a text in a field of that many octets, of which the last is zero.
  private static func append(_ octets: [UInt8], _ length: Int, to text: inout TextBuffer) {
    let count = Swift.min(octets.count, length &- 1)
    withBytes(octets) { text.append($0.slice(from: 0, length: count)) }
    text.append(repeating: 0, count: length &- count)
  }
}
