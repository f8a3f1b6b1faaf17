import CLinux
import Linux
import Wire

/// Where a filter for Linux cooked frames finds things when the kernel runs it.
///
/// The program is compiled for LINKTYPE_LINUX_SLL2, whose 20 octets we put before the frame ourselves: the kernel runs
/// it over what follows them. What stands in the header it has as extensions. libpcap's `fix_offset` does the same.
enum CookedFilter {
  /// The length of the header. See LINKTYPE_LINUX_SLL2.
  static let headerLength: UInt32 = 20

  /// Where the fields stand that the kernel knows.
  private enum Field {
    static let protocolNumber: UInt32 = 0, interface: UInt32 = 4, packetType: UInt32 = 10
  }

  /// The same in the older header, LINKTYPE_LINUX_SLL, which other programs' filters are compiled for.
  private enum OldField {
    static let packetType: UInt32 = 0, protocolNumber: UInt32 = 14, length: UInt32 = 16
  }

  /// The program as the kernel has to run it, keeping that many octets with our header; nil where it reads a field
  /// that the kernel does not know.
  static func translate(
    _ program: FilterProgram, snapLength: UInt32, linkType: LinkType = .linuxSLL2
  ) -> FilterProgram? {
    var program = program
    let kept = snapLength > headerLength ? snapLength &- headerLength : 1
    for index in program.instructions.indices {
      var instruction = program.instructions[index]
      let kind = Int32(instruction.code & 0x07)
      let mode = Int32(instruction.code & 0xe0)
      if instruction.code == FilterProgram.returnConstant {
        if instruction.k > 0 { instruction.k = kept }
      } else if kind == BPF_LD || kind == BPF_LDX, mode == BPF_ABS || mode == BPF_IND || mode == BPF_MSH {
        guard let offset = translate(offset: instruction.k, linkType) else { return nil }
        instruction.k = offset
      }
      program.instructions[index] = instruction
    }
    return program
  }

  private static func translate(offset: UInt32, _ linkType: LinkType) -> UInt32? {
    // The kernel's own extensions are "negative" offsets: they stay.
    if Int32(bitPattern: offset) < 0 { return offset }
    if linkType == .linuxSLL {
      switch offset {
      case OldField.length...: return offset &- OldField.length
      case OldField.protocolNumber: return clinux_filter_extension(SKF_AD_PROTOCOL)
      case OldField.packetType: return clinux_filter_extension(SKF_AD_PKTTYPE)
      default: return nil
      }
    }
    if offset >= headerLength { return offset &- headerLength }
    switch offset {
    case Field.protocolNumber: return clinux_filter_extension(SKF_AD_PROTOCOL)
    case Field.interface: return clinux_filter_extension(SKF_AD_IFINDEX)
    case Field.packetType: return clinux_filter_extension(SKF_AD_PKTTYPE)
    default: return nil
    }
  }
}
