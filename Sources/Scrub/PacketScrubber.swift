public import Wire

/// Makes packets fit to be shown to others: other addresses, right checksums, and no more than what is wanted of them.
///
/// It is pure and total: any octets give octets, and nothing fails.
public struct PacketScrubber: ~Copyable {
  /// How much is kept of a packet.
  public enum Snap: Equatable, Sendable {
    /// All of it.
    case none
    /// Up to the end of the headers.
    case headers
    /// At most so many octets.
    case octets(Int)
  }

  /// What was done so far.
  public struct Totals: Equatable, Sendable {
    /// How many packets came.
    public var packets: UInt64 = 0
    /// How many addresses were changed, each time that they stood somewhere.
    public var addresses: UInt64 = 0
    /// How many packets were cut where `Snap` says.
    public var snapped: UInt64 = 0
    /// How many packets were cut where something begins that is not decoded.
    public var undecoded: UInt64 = 0
    /// How many packets with changed addresses keep what an application sent.
    public var withPayload: UInt64 = 0
  }

  /// What was done so far.
  public private(set) var totals = Totals()

  private var addresses: AddressMap?
  private let snap: Snap
  private let hidesMachine: Bool

  /// Where octets are cut off and changed in one packet.
  private struct Work {
    /// Where the octets end that are kept.
    var end: Int
    /// Where the last changed octet ends.
    var changedEnd = 0
    var changes: UInt64 = 0
    /// Where a payload begins.
    var payload = Int.max
  }

  /// A scrubber; without a key addresses stay. With `hidesMachine` the names of interfaces and processes are taken out of
  /// packets that hold some.
  public init(key: AddressKey?, snap: Snap = .none, hidesMachine: Bool = false) {
    addresses = key.map { AddressMap($0) }
    self.snap = snap
    self.hidesMachine = hidesMachine
  }

  /// Whether nothing is changed at all.
  private var isIdle: Bool { addresses == nil && snap == .none && !hidesMachine }

  /// Writes what is left of a frame, and how it is then described. The buffer is emptied first.
  public mutating func scrub(
    _ frame: borrowing Frame, in storage: borrowing LayerStorage, into octets: inout TextBuffer
  ) -> FrameInfo {
    totals.packets &+= 1
    octets.removeAll()
    octets.append(frame.bytes)
    guard !isIdle else { return frame.info }
    let packet = Packet(frame, in: storage)
    if hidesMachine { hideMachine(packet, &octets) }
    guard addresses != nil || snap != .none else { return frame.info }
    // A frame check sequence would tell of what was changed.
    var work = Work(end: packet.bytes.byteCount)
    if addresses != nil {
      changeAddresses(packet, &work, &octets)
      if work.end < Swift.min(octets.count, packet.bytes.byteCount) { totals.undecoded &+= 1 }
      changeChecksums(packet, frame.bytes, &work, &octets)
      totals.addresses &+= work.changes
    }
    let kept = work.end
    switch snap {
    case .none: break
    case .headers: work.end = Swift.min(work.end, packet.headersEnd)
    case .octets(let count): work.end = Swift.min(work.end, count)
    }
    if work.end < kept { totals.snapped &+= 1 }
    if work.payload < work.end { totals.withPayload &+= 1 }
    octets.truncate(to: work.end)
    return frame.info
  }

  private mutating func changeAddresses(
    _ packet: borrowing Packet, _ work: inout Work, _ octets: inout TextBuffer
  ) {
    let old = packet.bytes
    packet.forEachAddress { place in
      switch place.kind {
      case .ipv4, .ipv6, .hardware: change(place, old, &work, &octets)
      case .unknown: erase(place, old, &work, &octets)
      case .undecoded: work.end = Swift.min(work.end, place.offset)
      case .payload: if place.length > 0 { work.payload = Swift.min(work.payload, place.offset) }
      }
    }
  }

  /// Puts another address in place of one, or of its first octets.
  private mutating func change(
    _ place: AddressPlace, _ old: RawSpan, _ work: inout Work, _ octets: inout TextBuffer
  ) {
    let width = place.kind == .ipv4 ? 32 : place.kind == .ipv6 ? 128 : 48
    let length = Swift.min(place.length, width / 8, old.byteCount &- place.offset)
    guard length > 0 else { return }
    var address: UInt128 = 0
    for index in 0..<length { address = address << 8 | UInt128(old.uint8(at: place.offset &+ index)) }
    let rest = UInt128(width &- length &* 8)
    address <<= rest
    var result: UInt128
    switch place.kind {
    case .ipv4: result = UInt128(addresses?.ipv4(UInt32(truncatingIfNeeded: address)) ?? 0)
    case .ipv6: result = addresses?.ipv6(address) ?? 0
    default: result = UInt128(addresses?.hardware(UInt64(truncatingIfNeeded: address)) ?? 0)
    }
    if place.prefix < width {
      // What is behind a prefix stays nothing where it is nothing.
      let ignored = place.prefix <= 0 ? UInt128.max : (UInt128(1) << UInt128(width &- place.prefix)) &- 1
      if address & ignored == 0 { result &= ~ignored }
    }
    guard result >> rest != address >> rest else { return }
    octets.replace(at: place.offset, with: result >> rest, count: length)
    work.changes &+= 1
    work.changedEnd = Swift.max(work.changedEnd, place.offset &+ length)
  }

  /// Puts zeros where something else stands.
  private func erase(_ place: AddressPlace, _ old: RawSpan, _ work: inout Work, _ octets: inout TextBuffer) {
    let range = place.offset..<Swift.max(place.offset, place.offset &+ place.length)
    for index in range where index < old.byteCount && old.uint8(at: index) != 0 {
      octets.replace(range, with: 0)
      work.changedEnd = Swift.max(work.changedEnd, range.upperBound)
      return
    }
  }

  private func changeChecksums(
    _ packet: borrowing Packet, _ old: RawSpan, _ work: inout Work, _ octets: inout TextBuffer
  ) {
    guard work.changedEnd > 0 else { return }
    packet.forEachChecksum { place in
      guard let sum = place.updated(from: old, to: octets.bytes, changedUpTo: work.changedEnd) else { return }
      octets.replace(at: place.offset, with: UInt128(sum), count: 2)
      work.changedEnd = Swift.max(work.changedEnd, place.offset &+ 2)
    }
  }

  /// Takes the names of the interface and of processes out of a packet tap's header.
  private mutating func hideMachine(_ packet: borrowing Packet, _ octets: inout TextBuffer) {
    let layer = packet.layer(at: 0)
    guard packet.info.linkType == .pktap else { return }
    guard packet.layerCount > 0, layer.kind == .pktap else {
      // Names stand somewhere in what could not be decoded.
      totals.undecoded &+= octets.count > 0 ? 1 : 0
      return octets.removeAll()
    }
    let fields = PKTAPHeader.identityFields
    let start = layer.offset
    octets.replace((start &+ fields.interface.lowerBound)..<(start &+ fields.interface.upperBound), with: 0)
    for process in fields.processes {
      octets.replace((start &+ process.lowerBound)..<(start &+ process.upperBound), with: 0)
      // -1: not known.
      octets.replace((start &+ process.lowerBound)..<(start &+ process.lowerBound &+ 4), with: 0xff)
    }
    octets.replace((start &+ PKTAPHeader.Field.length)..<(start &+ layer.headerLength), with: 0)
  }
}
