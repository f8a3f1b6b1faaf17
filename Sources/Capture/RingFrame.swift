import CLinux
import Glibc
import Wire

/// What is put back into, or before, a frame in the ring, and what the kernel says of it.
enum RingFrame {
  /// A VLAN tag: a protocol and a tag control number, in host order.
  typealias Tag = (protocolNumber: UInt16, control: UInt16)

  /// Octets of a VLAN tag in the frame. IEEE 802.1Q.
  static let tagLength = 4
  /// Octets of the two hardware addresses before it.
  static let addressesLength = 12

  /// The fields of the cooked header. See LINKTYPE_LINUX_SLL2.
  private enum Field {
    static let reserved = 2, interface = 4, hardwareType = 8, packetType = 10, addressLength = 11, address = 12
  }

  /// The tag that the kernel has taken out of a frame.
  @unsafe
  @inline(__always)
  static func tag(_ header: UnsafeMutablePointer<tpacket3_hdr>) -> Tag {
    // SAFETY: the header is valid, by the caller; the union's only member is read.
    let status = unsafe header.pointee.tp_status
    let stripped = unsafe header.pointee.hv1
    let known = status & UInt32(TP_STATUS_VLAN_TPID_VALID) != 0
    return (known ? stripped.tp_vlan_tpid : UInt16(ETH_P_8021Q), UInt16(truncatingIfNeeded: stripped.tp_vlan_tci))
  }

  /// Puts a tag back between the addresses and the type of an Ethernet frame, which begins four octets earlier then.
  @unsafe
  @inline(__always)
  static func putBackTag(_ frame: UnsafeMutableRawPointer, _ tag: Tag) {
    // SAFETY: the caller has checked that there are 12 octets of frame and 4 before it.
    let start = unsafe frame - tagLength
    unsafe memmove(start, frame, addressesLength)
    unsafe put(start, addressesLength, tag.protocolNumber.bigEndian)
    unsafe put(start, addressesLength &+ 2, tag.control.bigEndian)
  }

  /// Writes the cooked header before a packet, and between them a tag as the packet's first layer.
  @unsafe
  @inline(__always)
  static func putCookedHeader(_ packet: UnsafeMutableRawPointer, _ address: sockaddr_ll, tag: Tag?) {
    // SAFETY: the caller has checked that there are 20 octets before the packet, or 24 with a tag.
    var start = unsafe packet - Int(CookedFilter.headerLength)
    // The protocol is in network byte order already.
    var protocolNumber = address.sll_protocol
    if let tag {
      unsafe start -= tagLength
      unsafe put(packet, -4, tag.control.bigEndian)
      unsafe put(packet, -2, protocolNumber)
      protocolNumber = tag.protocolNumber.bigEndian
    }
    unsafe put(start, 0, protocolNumber)
    unsafe put(start, Field.reserved, UInt16(0))
    unsafe put(start, Field.interface, address.sll_ifindex.bigEndian)
    unsafe put(start, Field.hardwareType, address.sll_hatype.bigEndian)
    unsafe put(start, Field.packetType, address.sll_pkttype)
    unsafe put(start, Field.addressLength, address.sll_halen)
    unsafe withUnsafeBytes(of: address.sll_addr) { octets in
      unsafe (start + Field.address).copyMemory(from: octets.baseAddress ?? UnsafeRawPointer(start), byteCount: 8)
    }
  }

  /// What the kernel says of the transport checksum.
  @inline(__always)
  static func checksum(_ status: UInt32) -> ChecksumOffload {
    if status & UInt32(TP_STATUS_CSUMNOTREADY) != 0 { return .notReady }
    return status & UInt32(TP_STATUS_CSUM_VALID) != 0 ? .valid : .unknown
  }

  @unsafe
  @inline(__always)
  private static func put<Value: FixedWidthInteger & BitwiseCopyable>(
    _ base: UnsafeMutableRawPointer, _ offset: Int, _ value: Value
  ) {
    // SAFETY: by the caller.
    unsafe base.storeBytes(of: value, toByteOffset: offset, as: Value.self)
  }
}
