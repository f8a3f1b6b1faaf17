import Flows
import Wire

/// Frames made octet by octet, so that tests say what is in them.
enum Frames {
  static let client: UInt32 = 0xc000_0201
  static let server: UInt32 = 0xc000_0202

  private static func big(_ value: some FixedWidthInteger) -> [UInt8] {
    var octets: [UInt8] = []
    for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
      octets.append(UInt8(truncatingIfNeeded: value >> shift))
    }
    return octets
  }

  static func ipv4(_ number: UInt8, from source: UInt32, to destination: UInt32, _ payload: [UInt8]) -> [UInt8] {
    // Two hardware addresses and the type.
    var octets: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]
    // Version and header length, service, total length, identification, do not fragment, time to live, protocol, sum.
    octets += [0x45, 0] as [UInt8]
    octets += big(UInt16(20 + payload.count))
    octets += [0, 0, 0x40, 0, 64, number, 0, 0] as [UInt8]
    octets += big(source)
    octets += big(destination)
    return octets + payload
  }

  /// A segment from port 40000 of the client to port 80 of the server, or back.
  static func tcp(
    _ flags: UInt8, _ sequence: UInt32, _ acknowledgment: UInt32 = 0, window: UInt16 = 1000, options: [UInt8] = [],
    _ payload: [UInt8] = [], reversed: Bool = false, port: UInt16 = 40000
  ) -> [UInt8] {
    // In words of four octets, in the high half of its octet.
    let length = UInt8((20 + options.count) / 4) << 4
    // Ports, numbers, header length and flags, window, checksum, urgent pointer.
    var segment: [UInt8] = big(reversed ? 80 : port)
    segment += big(reversed ? port : 80)
    segment += big(sequence)
    segment += big(acknowledgment)
    segment += [length, flags] as [UInt8]
    segment += big(window)
    segment += [0, 0, 0, 0] as [UInt8]
    segment += options
    segment += payload
    return ipv4(6, from: reversed ? server : client, to: reversed ? client : server, segment)
  }

  static func udp(_ source: UInt16, _ destination: UInt16, _ payload: [UInt8], reversed: Bool = false) -> [UInt8] {
    var datagram: [UInt8] = big(source)
    datagram += big(destination)
    datagram += big(UInt16(8 + payload.count))
    datagram += [0, 0] as [UInt8]
    datagram += payload
    return ipv4(17, from: reversed ? server : client, to: reversed ? client : server, datagram)
  }
}

/// A table fed with frames.
struct Feed: ~Copyable {
  var table: FlowTable
  private var number: UInt64 = 0

  init(_ options: FlowTable.Options = FlowTable.Options()) { table = FlowTable(options) }

  /// Puts a frame in, at a time in microseconds.
  @discardableResult
  mutating func put(
    _ octets: [UInt8], at microseconds: Int64, owner: FrameOwner = FrameOwner(), _ direction: Direction = .unknown
  ) -> FlowTable.Update {
    number += 1
    var info = FrameInfo(
      timestamp: Timestamp(
        seconds: 1_700_000_000 + microseconds / 1_000_000, nanoseconds: UInt32(microseconds % 1_000_000) * 1000),
      originalLength: UInt32(octets.count), linkType: .ethernet)
    info.number = number
    info.owner = owner
    info.direction = direction
    let layers = LayerStorage()
    return withBytes(octets) { bytes in
      let packet = Packet(Frame(bytes, info), in: layers)
      return table.update(packet)
    }
  }

  /// All flows, in the order in which they began.
  var flows: [Flow] { table.sorted(by: .start).map { table.flow($0) } }
}
