import CLibpcap
import CLinux
import Glibc
import Linux
import Wire

/// A libpcap handle that is only there to compile filters, closed once.
@safe
struct PcapHandle: ~Copyable {
  private let handle: OpaquePointer

  /// A handle for frames of a link type from a file, so that libpcap refuses what only a live capture knows.
  init(file linkType: LinkType, snapLength: UInt32, for expression: String) throws(FilterError) {
    // A file of no packets: the header alone, in this machine's byte order. See pcap-savefile(5).
    var header: [UInt32] = [0xa1b2_c3d4, 2 | 4 << 16, 0, 0, snapLength, UInt32(linkType.rawValue)]
    #if _endian(big)
      header[1] = 2 << 16 | 4
    #endif
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    // SAFETY: libpcap reads the header while it opens; the stream over the array is closed before the array goes.
    let opened: OpaquePointer? = unsafe header.withUnsafeMutableBytes { octets in
      guard let stream = unsafe fmemopen(octets.baseAddress, octets.count, "r") else { return nil }
      if let handle = unsafe pcap_fopen_offline(stream, &message) {
        // Nothing is read after the header, so the stream's memory is not touched again before pcap_close.
        return unsafe handle
      }
      unsafe fclose(stream)
      return nil
    }
    guard let opened = unsafe opened else {
      throw FilterError(expression: expression, text: Self.string(message))
    }
    unsafe handle = opened
  }

  /// A handle for live frames of an interface; nil where libpcap would take another link type than we do, or cannot
  /// open the interface. Needs CAP_NET_RAW.
  init?(interface: String, linkType: LinkType, snapLength: UInt32) {
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    // SAFETY: the handle is closed on every way out; nothing is read from it.
    guard let handle = unsafe pcap_create(interface, &message) else { return nil }
    unsafe pcap_set_snaplen(handle, Int32(clamping: snapLength))
    // Its ring is never read: the smallest will do.
    unsafe pcap_set_buffer_size(handle, 1 << 16)
    guard unsafe pcap_activate(handle) >= 0, unsafe pcap_datalink(handle) == Self.dataLink(of: linkType) else {
      unsafe pcap_close(handle)
      return nil
    }
    unsafe self.handle = handle
  }

  deinit {
    // SAFETY: the handle is ours alone and is closed once.
    unsafe pcap_close(handle)
  }

  /// Compiles an expression; the caller frees the program with pcap_freecode.
  func compile(_ expression: String, optimized: Bool = true) throws(FilterError) -> bpf_program {
    var program = unsafe bpf_program()
    // SAFETY: the program is filled only where compiling succeeds.
    guard unsafe pcap_compile(handle, &program, expression, optimized ? 1 : 0, PCAP_NETMASK_UNKNOWN) == 0 else {
      throw FilterError(expression: expression, text: unsafe String(cString: pcap_geterr(handle)))
    }
    return unsafe program
  }

  /// Compiles an expression into instructions for the kernel.
  func compileInstructions(_ expression: String, optimized: Bool = true) throws(FilterError) -> FilterProgram {
    var program = unsafe try compile(expression, optimized: optimized)
    // SAFETY: libpcap gives as many instructions as it says; they are copied before they are freed.
    defer { unsafe pcap_freecode(&program) }
    var instructions: [sock_filter] = []
    for index in 0..<Int(unsafe program.bf_len) {
      let instruction = unsafe program.bf_insns[index]
      instructions.append(
        sock_filter(code: instruction.code, jt: instruction.jt, jf: instruction.jf, k: instruction.k))
    }
    return FilterProgram(instructions)
  }

  /// libpcap's own number for a link type, which differs from the one in files for raw IP.
  private static func dataLink(of linkType: LinkType) -> Int32 {
    linkType == .raw ? DLT_RAW : Int32(linkType.rawValue)
  }

  private static func string(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
