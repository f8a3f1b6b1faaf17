import Glibc

/// The types that the running kernel is made of, as it tells them itself: BTF. A BPF program is told by them where the members of
/// the kernel's structures are. See the kernel's bpf/btf.rst.
struct KernelTypes {
  // struct btf_header, struct btf_type and struct btf_member, which linux/btf.h declares with macros that do not import.
  private enum Header {
    static let magic = 0, headerLength = 4, typeOffset = 8, typeLength = 12, stringOffset = 16, stringLength = 20
    static let length = 24
  }
  private enum Entry {
    static let name = 0, information = 4
    static let length = 12
  }
  private enum Member {
    static let name = 0, offset = 8
    static let length = 12
  }

  /// BTF_KIND_INT and so on.
  private enum Kind: UInt32 {
    case none, integer, pointer, array, structure, union, enumeration, forward, typedef, volatile, const, restrict,
      function
    case functionPrototype, variable, dataSection, float, declarationTag, typeTag, enumeration64

    /// How many octets follow an entry of this kind with so many members.
    func extra(_ members: Int) -> Int {
      switch self {
      case .integer, .variable, .declarationTag: 4
      case .array: 12
      case .structure, .union, .dataSection, .enumeration64: members &* 12
      case .enumeration, .functionPrototype: members &* 8
      default: 0
      }
    }
  }

  private static let magic: UInt16 = 0xEB9F
  /// A kernel's types have some megabytes.
  private static let mostOctets = 1 << 26

  private let octets: [UInt8]
  private let strings: Range<Int>
  /// The numbers of the typedefs that were asked for, and where the structures are.
  private var typedefs: [String: UInt32] = [:]
  private var structures: [String: Int] = [:]

  /// Reads those of the running kernel. Throws ENOENT where it tells none, which is one without CONFIG_DEBUG_INFO_BTF.
  static func running(typedefs: [String], structures: [String]) throws(SystemError) -> KernelTypes {
    let path = "/sys/kernel/btf/vmlinux"
    guard let octets = try WholeFile.read(path, limit: mostOctets),
      let types = KernelTypes(octets, typedefs: typedefs, structures: structures)
    else { throw SystemError(call: path, code: EINVAL) }
    return types
  }

  /// Looks for types by their names; nil where the octets are not BTF.
  init?(_ octets: [UInt8], typedefs wantedTypedefs: [String], structures wantedStructures: [String]) {
    guard octets.count >= Header.length, Self.uint16(octets, Header.magic) == Self.magic,
      let headerLength = Self.uint32(octets, Header.headerLength),
      let typeOffset = Self.uint32(octets, Header.typeOffset),
      let typeLength = Self.uint32(octets, Header.typeLength),
      let stringOffset = Self.uint32(octets, Header.stringOffset),
      let stringLength = Self.uint32(octets, Header.stringLength)
    else { return nil }
    let types = Int(headerLength) &+ Int(typeOffset)
    let strings = Int(headerLength) &+ Int(stringOffset)
    guard types &+ Int(typeLength) <= octets.count, strings &+ Int(stringLength) <= octets.count else { return nil }
    self.octets = octets
    self.strings = strings..<(strings &+ Int(stringLength))
    guard find(wantedTypedefs, wantedStructures, in: types..<(types &+ Int(typeLength))) else { return nil }
  }

  /// Goes through all types; false where one cannot be read.
  private mutating func find(_ wantedTypedefs: [String], _ wantedStructures: [String], in types: Range<Int>) -> Bool {
    let typedefNames = wantedTypedefs.map { ($0, Array($0.utf8)) }
    let structureNames = wantedStructures.map { ($0, Array($0.utf8)) }
    var place = types.lowerBound
    var number: UInt32 = 0
    while place < types.upperBound {
      number &+= 1
      guard let name = Self.uint32(octets, place &+ Entry.name),
        let information = Self.uint32(octets, place &+ Entry.information),
        // A kind that came later has a length that nobody knows.
        let kind = Kind(rawValue: information >> 24 & 0x1F)
      else { return false }
      switch kind {
      case .typedef:
        for (wanted, utf8) in typedefNames where isName(name, utf8) { typedefs[wanted] = number }
      case .structure:
        for (wanted, utf8) in structureNames where structures[wanted] == nil && isName(name, utf8) {
          structures[wanted] = place
        }
      default: break
      }
      place &+= Entry.length &+ kind.extra(Int(information & 0xFFFF))
    }
    return place == types.upperBound
  }

  /// The number of a type by its name; nil where the kernel has none, as older ones have not every tracepoint.
  func number(ofTypedef name: String) -> UInt32? { typedefs[name] }

  /// Where a member is in a structure, in octets; nil where there is none, or where it is a part of an octet.
  func offset(of member: String, in structure: String) -> Int16? {
    guard let place = structures[structure], let information = Self.uint32(octets, place &+ Entry.information) else {
      return nil
    }
    let hasBitfields = information >> 31 == 1
    let utf8 = Array(member.utf8)
    for number in 0..<Int(information & 0xFFFF) {
      let entry = place &+ Entry.length &+ number &* Member.length
      guard let name = Self.uint32(octets, entry &+ Member.name), isName(name, utf8),
        let offset = Self.uint32(octets, entry &+ Member.offset)
      else { continue }
      guard !hasBitfields || offset >> 24 == 0, offset & 7 == 0 else { return nil }
      return Int16(exactly: offset >> 3)
    }
    return nil
  }

  /// Whether the string at an offset is a name.
  private func isName(_ offset: UInt32, _ name: [UInt8]) -> Bool {
    let start = strings.lowerBound &+ Int(offset)
    guard start &+ name.count < strings.upperBound, octets[start] == name.first,
      octets[start &+ name.count] == 0
    else { return false }
    for place in name.indices where octets[start &+ place] != name[place] { return false }
    return true
  }

  // Read octet by octet: there are some hundred thousand types. They are in the order of this machine, as all of BTF is.
  private static func uint16(_ octets: [UInt8], _ offset: Int) -> UInt16? {
    guard offset >= 0, offset &+ 2 <= octets.count else { return nil }
    return UInt16(littleEndian: UInt16(octets[offset]) | UInt16(octets[offset &+ 1]) << 8)
  }

  private static func uint32(_ octets: [UInt8], _ offset: Int) -> UInt32? {
    guard offset >= 0, offset &+ 4 <= octets.count else { return nil }
    let low = UInt32(octets[offset]) | UInt32(octets[offset &+ 1]) << 8
    return UInt32(littleEndian: low | UInt32(octets[offset &+ 2]) << 16 | UInt32(octets[offset &+ 3]) << 24)
  }
}
