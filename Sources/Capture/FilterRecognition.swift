public import Linux
import Wire

/// Finds the expression that libpcap compiled into a program, by compiling guesses and comparing.
///
/// The snap length and the order of instructions are left out of account, since they depend on the capture and on
/// libpcap's version. Programs of a live capture differ from those for files: for them guesses are compiled for the
/// loopback interface too, which needs CAP_NET_RAW.
public struct FilterRecognition: ~Copyable {
  private var shapes: [Key: FilterShape?] = [:]
  private let live: PcapHandle?

  private struct Key: Hashable {
    var expression: String
    var variant: Variant
  }

  /// How a guess is compiled.
  private struct Variant: Hashable {
    /// nil: for a live capture of Ethernet.
    var linkType: LinkType?
    var optimized: Bool
  }

  /// How many guesses are compiled without libpcap's optimizer.
  private static let mostUnoptimized = 300

  /// How many more guesses are compiled: somebody may attach any number of filters that are none of libpcap's.
  private var left = 20_000

  private static let snapLength: UInt32 = 262_144

  /// Makes ready to compile; `isLive` says whether to open the loopback interface for programs of live captures.
  public init(isLive: Bool) {
    live = isLive ? PcapHandle(interface: "lo", linkType: .ethernet, snapLength: Self.snapLength) : nil
  }

  /// The first of some guesses that compiles into the program; nil for none. `hasLinkHeader` says whether the octets
  /// begin at an Ethernet header, or at the network layer's.
  public mutating func expression(
    for program: FilterProgram, among guesses: some Sequence<String>, hasLinkHeader: Bool
  ) -> String? {
    guard let wanted = FilterShape(program) else { return nil }
    let handles = Handles()
    for optimized in [true, false] {
      // Programs that were not optimized are rare: fewer guesses are tried for them.
      for guess in guesses.prefix(optimized ? .max : Self.mostUnoptimized) {
        for linkType in linkTypes(guess, hasLinkHeader) {
          if shape(of: guess, Variant(linkType: linkType, optimized: optimized), handles) == wanted { return guess }
        }
      }
    }
    return nil
  }

  /// What to compile a guess for. Only words about VLAN tags differ between a file and a live capture that takes both.
  private func linkTypes(_ guess: String, _ hasLinkHeader: Bool) -> [LinkType?] {
    guard hasLinkHeader else { return [.linuxSLL2, .linuxSLL, .raw] }
    guard live != nil else { return [.ethernet] }
    return guess.contains("vlan") ? [nil, .ethernet] : [nil]
  }

  private mutating func shape(of expression: String, _ variant: Variant, _ handles: borrowing Handles) -> FilterShape? {
    let key = Key(expression: expression, variant: variant)
    if let known = shapes[key] { return known }
    guard left > 0 else { return nil }
    left -= 1
    let shape = Self.compile(expression, variant, live, handles).flatMap { FilterShape($0) }
    shapes[key] = shape
    return shape
  }

  /// Handles for files, each of which costs more to open than a guess to compile.
  private struct Handles: ~Copyable {
    let ethernet = try? PcapHandle(file: .ethernet, snapLength: snapLength, for: "")
    let raw = try? PcapHandle(file: .raw, snapLength: snapLength, for: "")
    let cooked = try? PcapHandle(file: .linuxSLL2, snapLength: snapLength, for: "")
    let oldCooked = try? PcapHandle(file: .linuxSLL, snapLength: snapLength, for: "")
  }

  /// The program of a guess; nil where libpcap does not take it for this link type.
  private static func compile(
    _ expression: String, _ variant: Variant, _ live: borrowing PcapHandle?, _ handles: borrowing Handles
  ) -> FilterProgram? {
    switch variant.linkType {
    case nil: return try? live?.compileInstructions(expression, optimized: variant.optimized)
    case .ethernet: return try? handles.ethernet?.compileInstructions(expression, optimized: variant.optimized)
    case .raw: return try? handles.raw?.compileInstructions(expression, optimized: variant.optimized)
    case .linuxSLL2:
      let program = try? handles.cooked?.compileInstructions(expression, optimized: variant.optimized)
      return program.flatMap { CookedFilter.translate($0, snapLength: snapLength) }
    default:
      let program = try? handles.oldCooked?.compileInstructions(expression, optimized: variant.optimized)
      return program.flatMap { CookedFilter.translate($0, snapLength: snapLength, linkType: .linuxSLL) }
    }
  }
}
