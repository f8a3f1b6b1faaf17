import CLibpcap
import Glibc
public import Wire

/// A filter expression (pcap-filter(7)), compiled by libpcap for one link type, to ask about frames of a file.
@safe
public struct Filter: ~Copyable {
  /// The expression that it was made of.
  public let expression: String
  private var program: bpf_program

  /// Compiles an expression for frames of a link type that come from a file.
  ///
  /// What only a live capture knows (`inbound`, `ifindex` on Ethernet) is an error here.
  public init(_ expression: String, linkType: LinkType, snapLength: UInt32 = 262_144) throws(FilterError) {
    let handle = try PcapHandle(file: linkType, snapLength: snapLength, for: expression)
    // SAFETY: the program is this value's own from here on: deinit frees it.
    unsafe program = try handle.compile(expression)
    self.expression = expression
  }

  deinit {
    // SAFETY: the program is libpcap's own, and is freed once. The copy only lends its address.
    var program = unsafe self.program
    unsafe pcap_freecode(&program)
  }

  /// Whether the filter keeps a frame.
  public func matches(_ bytes: RawSpan, originalLength: UInt32) -> Bool {
    // SAFETY: bpf_filter reads within the two lengths given, over octets lent for the call.
    unsafe bytes.withUnsafeBytes { buffer in
      let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      return unsafe bpf_filter(program.bf_insns, start, originalLength, UInt32(clamping: buffer.count)) != 0
    }
  }
}
