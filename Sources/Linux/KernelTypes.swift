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
    static let name = 0, type = 4, offset = 8
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
  /// How many structures without a name are gone into, one in another.
  private static let mostDepth = 4

  /// The numbers of the typedefs that were asked for, and where the members are, in octets.
  private var typedefs: [String: UInt32] = [:]
  private var offsets: [String: [String: Int16]] = [:]

  /// Reads those of the running kernel. Throws ENOENT where it tells none, which is one without CONFIG_DEBUG_INFO_BTF.
  static func running(typedefs: [String], members: [String: [String]]) throws(SystemError) -> KernelTypes {
    let path = "/sys/kernel/btf/vmlinux"
    // They are read by the page else, and copied. Since Linux 6.16.
    if let map = try? MemoryMap(ofKernelFile: path, limit: mostOctets) {
      if let types = KernelTypes(map.bytes, typedefs: typedefs, members: members) { return types }
      // SAFETY: every octet of the array may be read.
    } else if let octets = try WholeFile.read(path, limit: mostOctets),
      let types = unsafe KernelTypes(octets.span.bytes, typedefs: typedefs, members: members)
    {
      return types
    }
    throw SystemError(call: path, code: EINVAL)
  }

  /// Looks for types by their names, and for members of structures; nil where the octets are not BTF.
  init?(_ octets: RawSpan, typedefs wantedTypedefs: [String], members wantedMembers: [String: [String]]) {
    guard octets.byteCount >= Header.length, Self.uint16(octets, Header.magic) == Self.magic,
      let headerLength = Self.uint32(octets, Header.headerLength),
      let typeOffset = Self.uint32(octets, Header.typeOffset),
      let typeLength = Self.uint32(octets, Header.typeLength),
      let stringOffset = Self.uint32(octets, Header.stringOffset),
      let stringLength = Self.uint32(octets, Header.stringLength)
    else { return nil }
    let types = Int(headerLength) &+ Int(typeOffset)
    let strings = Int(headerLength) &+ Int(stringOffset)
    guard types &+ Int(typeLength) <= octets.byteCount, strings &+ Int(stringLength) <= octets.byteCount else {
      return nil
    }
    let names = Names(octets: octets, place: strings..<(strings &+ Int(stringLength)))
    var recent = RecentPlaces(types: types..<(types &+ Int(typeLength)))
    let typedefs = wantedTypedefs.map { ($0, Array($0.utf8)) }
    let structures = wantedMembers.keys.map { ($0, Array($0.utf8)) }
    var place = types
    var number: UInt32 = 0
    while place < types &+ Int(typeLength) {
      number &+= 1
      recent.add(place, of: number)
      guard let name = Self.uint32(octets, place &+ Entry.name),
        let information = Self.uint32(octets, place &+ Entry.information),
        // A kind that came later has a length that nobody knows.
        let kind = Kind(rawValue: information >> 24 & 0x1F)
      else { return nil }
      switch kind {
      case .typedef:
        for (wanted, utf8) in typedefs where names.has(name, utf8) { self.typedefs[wanted] = number }
      case .structure:
        for (wanted, utf8) in structures where names.has(name, utf8) && offsets[wanted] == nil {
          var found: [String: Int16] = [:]
          for member in wantedMembers[wanted] ?? [] {
            let offset = Self.offset(of: Array(member.utf8), at: place, octets, names, recent, depth: 0)
            if let offset { found[member] = Int16(exactly: offset) }
          }
          offsets[wanted] = found
        }
      default: break
      }
      place &+= Entry.length &+ kind.extra(Int(information & 0xFFFF))
    }
    guard place == types &+ Int(typeLength) else { return nil }
  }

  /// Where a member of the structure at a place is, in octets, also in one of its structures or unions that have no name; nil where
  /// there is none, or where it is a part of an octet.
  private static func offset(
    of member: [UInt8], at place: Int, _ octets: RawSpan, _ names: Names, _ recent: RecentPlaces, depth: Int
  ) -> Int? {
    guard let information = uint32(octets, place &+ Entry.information), depth < mostDepth else { return nil }
    let entries = (0..<Int(information & 0xFFFF)).map { place &+ Entry.length &+ $0 &* Member.length }
    func offset(at entry: Int) -> Int? {
      guard let offset = uint32(octets, entry &+ Member.offset) else { return nil }
      let isWhole = (information >> 31 == 0 || offset >> 24 == 0) && offset & 7 == 0
      return isWhole ? Int(offset >> 3) : nil
    }
    let named = entries.first { uint32(octets, $0 &+ Member.name).map { names.has($0, member) } ?? false }
    if let named { return offset(at: named) }
    for entry in entries where uint32(octets, entry &+ Member.name) == 0 {
      guard let outer = offset(at: entry), let type = uint32(octets, entry &+ Member.type),
        let inner = recent.place(of: type, octets), let kind = kind(at: inner, octets),
        kind == .structure || kind == .union,
        let found = self.offset(of: member, at: inner, octets, names, recent, depth: depth &+ 1)
      else { continue }
      return outer &+ found
    }
    return nil
  }

  private static func kind(at place: Int, _ octets: RawSpan) -> Kind? {
    uint32(octets, place &+ Entry.information).flatMap { Kind(rawValue: $0 >> 24 & 0x1F) }
  }

  /// Where the types are that were gone through last: those that a structure has in it are mostly told shortly before it.
  private struct RecentPlaces {
    private static let count: UInt32 = 512
    let types: Range<Int>
    private var places = [Int](repeating: 0, count: Int(Self.count))
    private var last: UInt32 = 0

    init(types: Range<Int>) { self.types = types }

    mutating func add(_ place: Int, of number: UInt32) {
      places[Int(number & (Self.count &- 1))] = place
      last = number
    }

    /// Where a type is; all are gone through where it is none of the last.
    func place(of type: UInt32, _ octets: RawSpan) -> Int? {
      if type <= last, last &- type < Self.count, type != 0 { return places[Int(type & (Self.count &- 1))] }
      var place = types.lowerBound
      var number: UInt32 = 0
      while place < types.upperBound {
        number &+= 1
        if number == type { return place }
        guard let information = KernelTypes.uint32(octets, place &+ Entry.information),
          let kind = KernelTypes.kind(at: place, octets)
        else { return nil }
        place &+= Entry.length &+ kind.extra(Int(information & 0xFFFF))
      }
      return nil
    }
  }

  /// The number of a type by its name; nil where the kernel has none, as older ones have not every tracepoint.
  func number(ofTypedef name: String) -> UInt32? { typedefs[name] }

  /// Where a member that was asked for is in a structure, in octets; nil where there is none, or where it is a part of an octet.
  func offset(of member: String, in structure: String) -> Int16? { offsets[structure]?[member] }

  /// The strings.
  private struct Names: ~Escapable {
    let octets: RawSpan
    let place: Range<Int>

    @_lifetime(copy octets)
    init(octets: RawSpan, place: Range<Int>) { (self.octets, self.place) = (octets, place) }

    /// Whether the string at an offset is a name.
    @inline(__always)
    func has(_ offset: UInt32, _ name: [UInt8]) -> Bool {
      let start = place.lowerBound &+ Int(offset)
      guard start &+ name.count < place.upperBound, KernelTypes.uint8(octets, start &+ name.count) == 0,
        KernelTypes.uint8(octets, start) == name.first
      else { return false }
      for place in name.indices where KernelTypes.uint8(octets, start &+ place) != name[place] { return false }
      return true
    }
  }

  // The numbers are in the order of this machine, as all of BTF is.
  @inline(__always)
  private static func uint8(_ octets: RawSpan, _ offset: Int) -> UInt8? {
    guard offset >= 0, offset < octets.byteCount else { return nil }
    // SAFETY: the range was checked, and every bit pattern is a valid integer.
    return unsafe octets.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  @inline(__always)
  private static func uint16(_ octets: RawSpan, _ offset: Int) -> UInt16? {
    guard offset >= 0, offset <= octets.byteCount &- 2 else { return nil }
    // SAFETY: as above.
    return unsafe octets.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self)
  }

  @inline(__always)
  private static func uint32(_ octets: RawSpan, _ offset: Int) -> UInt32? {
    guard offset >= 0, offset <= octets.byteCount &- 4 else { return nil }
    // SAFETY: as above.
    return unsafe octets.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
  }
}
