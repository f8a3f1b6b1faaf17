/// What a pcapng file tells besides packets, interfaces and processes, fit to be written into another one: numbers have their
/// lowest octet first.
public enum PcapngRemark: Sendable, Equatable {
  /// Options of the packet with this number in its file, such as comments, without their end.
  case packet(UInt64, options: [UInt8])
  /// A block's type and body: names of addresses, secrets, entries of a journal.
  case block(UInt32, body: [UInt8])
}
