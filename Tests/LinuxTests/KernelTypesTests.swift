import Testing

@testable import Linux

/// Types as a kernel tells them, put together octet by octet.
struct KernelTypesTests {
  /// Strings and types, as BTF has them.
  private struct Octets {
    var types: [UInt8] = []
    var strings: [UInt8] = [0]

    mutating func name(_ text: String) -> UInt32 {
      let offset = UInt32(strings.count)
      strings += Array(text.utf8) + [0]
      return offset
    }

    mutating func add(_ words: UInt32...) { for word in words { types += octets(word) } }

    /// The header, then the types, then the strings.
    var whole: [UInt8] {
      // Magic number, version 1, no flags; the header's length, and where the two parts are behind it.
      [0x9F, 0xEB, 1, 0] + octets(24) + octets(0) + octets(UInt32(types.count)) + octets(UInt32(types.count))
        + octets(UInt32(strings.count)) + types + strings
    }

    private func octets(_ word: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
  }

  private static let integer: UInt32 = 1 << 24
  private static let structure: UInt32 = 4 << 24
  private static let typedef: UInt32 = 8 << 24
  private static let hasBitfields: UInt32 = 1 << 31

  /// `struct first { int a; int b : 3; int c; }`, whose members tell bit fields, a type of each kind between, and
  /// `typedef int wanted`.
  private static func sample() -> [UInt8] {
    var octets = Octets()
    // 1: an integer of 32 bits.
    octets.add(octets.name("int"), integer, 4, 32)
    // 2: the structure, of twelve octets.
    octets.add(octets.name("first"), structure | hasBitfields | 3, 12)
    octets.add(octets.name("a"), 1, 0)
    octets.add(octets.name("b"), 1, 3 << 24 | 32)
    octets.add(octets.name("c"), 1, 64)
    // 3: a pointer; 4: an array; 5: an enumeration of one; 6: a function without parameters; 7: one of it.
    octets.add(0, 2 << 24, 1)
    octets.add(0, 3 << 24, 0, 1, 1, 4)
    octets.add(0, 6 << 24 | 1, 4, octets.name("one"), 1)
    octets.add(0, 13 << 24, 1)
    octets.add(octets.name("wanted_not"), 12 << 24, 6)
    // 8: the typedef.
    octets.add(octets.name("wanted"), typedef, 1)
    // 9: another structure of that name, which is not the first.
    octets.add(octets.name("first"), structure | 1, 8)
    octets.add(octets.name("c"), 1, 32)
    return octets.whole
  }

  /// Those that are asked for.
  private static func types(_ octets: [UInt8], typedefs: [String] = ["wanted"]) -> KernelTypes? {
    unsafe KernelTypes(octets.span.bytes, typedefs: typedefs, members: ["first": ["a", "b", "c", "d"]])
  }

  @Test func whatIsThere() throws {
    let types = try #require(Self.types(Self.sample(), typedefs: ["wanted", "int"]))
    #expect(types.number(ofTypedef: "wanted") == 8)
    // A type of that name, but no typedef.
    #expect(types.number(ofTypedef: "int") == nil)
    #expect(types.offset(of: "a", in: "first") == 0)
    #expect(types.offset(of: "c", in: "first") == 8)
    // A part of an octet, no member, and no structure that was asked for.
    #expect(types.offset(of: "b", in: "first") == nil)
    #expect(types.offset(of: "d", in: "first") == nil)
    #expect(types.offset(of: "a", in: "second") == nil)
  }

  /// `struct outer { union { struct { int x; int y; }; long z; }; int last; }`, whose inner types come before it, or behind it.
  @Test(arguments: [false, true])
  func whatIsInStructuresWithoutNames(_ isBehind: Bool) throws {
    var octets = Octets()
    octets.add(octets.name("int"), Self.integer, 4, 32)
    let outer = { (octets: inout Octets, union: UInt32) in
      octets.add(octets.name("first"), Self.structure | 2, 16)
      octets.add(0, union, 64)
      octets.add(octets.name("a"), 1, 128)
    }
    if isBehind { outer(&octets, 4) }
    let inner: UInt32 = isBehind ? 3 : 2
    octets.add(0, Self.structure | 2, 8)
    octets.add(octets.name("b"), 1, 0)
    octets.add(octets.name("c"), 1, 32)
    octets.add(0, 5 << 24 | 2, 8)
    octets.add(0, inner, 0)
    octets.add(octets.name("d"), 1, 0)
    if !isBehind { outer(&octets, 3) }
    let types = try #require(Self.types(octets.whole, typedefs: []))
    #expect(types.offset(of: "a", in: "first") == 16)
    #expect(types.offset(of: "b", in: "first") == 8)
    #expect(types.offset(of: "c", in: "first") == 12)
    #expect(types.offset(of: "d", in: "first") == 8)
  }

  /// A structure without a name that is in itself, by its own number or one that no type has.
  @Test(arguments: [2, 7] as [UInt32])
  func aStructureWithinItself(_ number: UInt32) throws {
    var octets = Octets()
    octets.add(octets.name("int"), Self.integer, 4, 32)
    octets.add(octets.name("first"), Self.structure | 1, 8)
    octets.add(0, number, 0)
    let types = try #require(Self.types(octets.whole, typedefs: []))
    #expect(types.offset(of: "a", in: "first") == nil)
  }

  @Test func whatIsCutOff() {
    let whole = Self.sample()
    for length in whole.indices {
      #expect(Self.types(Array(whole[..<length])) == nil)
    }
  }

  @Test func lies() {
    // Each octet replaced: never more than another answer.
    let whole = Self.sample()
    for place in whole.indices {
      for value in [0, 0x7F, 0x80, 0xFF] as [UInt8] {
        var octets = whole
        octets[place] = value
        let types = Self.types(octets)
        _ = types?.offset(of: "c", in: "first")
        _ = types?.number(ofTypedef: "wanted")
      }
    }
  }

  @Test func ofAnotherFormat() {
    var octets = Self.sample()
    octets[0] = 0xEB
    octets[1] = 0x9F
    #expect(Self.types(octets) == nil)
    #expect(Self.types([]) == nil)
  }
}
