import Linux
import Sockets
import Testing

/// Programs as `tcpdump -dd` prints them: operation, jump if true, jump if false, constant.
enum RecordedFilter {
  typealias Row = (UInt16, UInt8, UInt8, UInt32)

  /// The octets as the kernel gives them.
  static func octets(_ rows: [Row]) -> [UInt8] {
    rows.flatMap { row -> [UInt8] in
      var octets: [UInt8] = []
      for shift in [0, 8] { octets.append(UInt8(truncatingIfNeeded: row.0.littleEndian >> shift)) }
      octets += [row.1, row.2]
      for shift in [0, 8, 16, 24] { octets.append(UInt8(truncatingIfNeeded: row.3.littleEndian >> shift)) }
      return octets
    }
  }

  static func program(_ rows: [Row]) -> FilterProgram { FilterProgram(octets: octets(rows)) }

  /// tcpdump -i eth0 tcp port 443
  static let https: [Row] = [
    (0x28, 0, 0, 0x0000_000c),  // ldh [12]: EtherType
    (0x15, 0, 6, 0x0000_86dd),  // jeq IPv6
    (0x30, 0, 0, 0x0000_0014),  // ldb [20]: next header
    (0x15, 0, 15, 0x0000_0006),  // jeq TCP
    (0x28, 0, 0, 0x0000_0036),  // ldh [54]: source port
    (0x15, 12, 0, 0x0000_01bb),
    (0x28, 0, 0, 0x0000_0038),  // ldh [56]: destination port
    (0x15, 10, 11, 0x0000_01bb),
    (0x15, 0, 10, 0x0000_0800),  // jeq IPv4
    (0x30, 0, 0, 0x0000_0017),  // ldb [23]: protocol
    (0x15, 0, 8, 0x0000_0006),
    (0x28, 0, 0, 0x0000_0014),  // ldh [20]: fragment offset
    (0x45, 6, 0, 0x0000_1fff),
    (0xb1, 0, 0, 0x0000_000e),  // ldxb 4*([14]&0xf)
    (0x48, 0, 0, 0x0000_000e),  // ldh [x + 14]
    (0x15, 2, 0, 0x0000_01bb),
    (0x48, 0, 0, 0x0000_0010),
    (0x15, 0, 1, 0x0000_01bb),
    (0x06, 0, 0, 0x0004_0000),
    (0x06, 0, 0, 0x0000_0000),
  ]

  /// tcpdump -i eth0 vlan 5, on a live capture: the kernel has taken the tag out.
  static let vlan: [Row] = [
    (0x30, 0, 0, 0xffff_f030),  // ldb [vlan_avail]
    (0x15, 4, 0, 0x0000_0001),
    (0x28, 0, 0, 0x0000_000c),
    (0x15, 2, 0, 0x0000_8100),
    (0x15, 1, 0, 0x0000_88a8),
    (0x15, 0, 8, 0x0000_9100),
    (0x30, 0, 0, 0xffff_f030),
    (0x15, 0, 2, 0x0000_0001),
    (0x30, 0, 0, 0xffff_f02c),  // ldb [vlan_tci]
    (0x05, 0, 0, 0x0000_0001),
    (0x28, 0, 0, 0x0000_000e),
    (0x54, 0, 0, 0x0000_0fff),
    (0x15, 0, 1, 0x0000_0005),
    (0x06, 0, 0, 0x0004_0000),
    (0x06, 0, 0, 0x0000_0000),
  ]

  /// What ISC's dhclient attaches: no libpcap expression makes it.
  static let dhcp: [Row] = [
    (0x28, 0, 0, 0x0000_000c),  // ldh [12]
    (0x15, 0, 8, 0x0000_0800),
    (0x30, 0, 0, 0x0000_0017),  // ldb [23]
    (0x15, 0, 6, 0x0000_0011),
    (0x28, 0, 0, 0x0000_0014),  // ldh [20]
    (0x45, 4, 0, 0x0000_1fff),
    (0xb1, 0, 0, 0x0000_000e),
    (0x48, 0, 0, 0x0000_0010),  // ldh [x + 16]: destination port
    (0x15, 0, 1, 0x0000_0044),  // 68
    (0x06, 0, 0, 0x0004_0000),
    (0x06, 0, 0, 0x0000_0000),
  ]
}

@Suite struct FilterListingTests {
  @Test func aProgramInWords() {
    let lines = RecordedFilter.program(RecordedFilter.https).listing(.ethernet)
    #expect(
      lines.map(\.instruction) == [
        "ldh      [12]", "jeq      #0x86dd", "ldb      [20]", "jeq      #0x6", "ldh      [54]", "jeq      #0x1bb",
        "ldh      [56]", "jeq      #0x1bb", "jeq      #0x800", "ldb      [23]", "jeq      #0x6", "ldh      [20]",
        "jset     #0x1fff", "ldxb     4*([14]&0xf)", "ldh      [x + 14]", "jeq      #0x1bb", "ldh      [x + 16]",
        "jeq      #0x1bb", "ret      #262144", "ret      #0",
      ])
    #expect(
      lines.map(\.words) == [
        "EtherType", "if EtherType is IPv6: go on, else 8", "IPv6 next header",
        "if IPv6 next header is TCP: go on, else drop", "source port", "if source port is 443: keep, else go on",
        "destination port", "if destination port is 443: keep, else drop", "if EtherType is IPv4: go on, else drop",
        "IP protocol", "if IP protocol is TCP: go on, else drop", "IPv4 flags and fragment offset",
        "if a later fragment: drop, else go on", "X: IPv4 header length", "source port",
        "if source port is 443: keep, else go on", "destination port", "if destination port is 443: keep, else drop",
        "keep 262144 octets", "drop",
      ])
    #expect(lines[1].targets?.whenTrue == 2 && lines[1].targets?.whenFalse == 8)
  }

  @Test func theKernelsExtensionsHaveNames() {
    let lines = RecordedFilter.program(RecordedFilter.vlan).listing(.ethernet)
    #expect(lines[0].instruction == "ldb      [vlan_avail]")
    #expect(lines[0].words == "VLAN tag present")
    #expect(lines[8].instruction == "ldb      [vlan_tci]")
    let all = (0..<UInt32(64)).map { RecordedFilter.program([(0x30, 0, 0, 0xffff_f000 + $0), (6, 0, 0, 1)]) }
    let names = Set(all.map { $0.listing(.ethernet)[0].instruction })
    for name in ["proto", "type", "ifidx", "nla", "nlan", "mark", "queue", "hatype", "rxhash", "cpu", "rand"] {
      #expect(names.contains("ldb      [\(name)]"))
    }
  }

  @Test func theGistIsOneLine() {
    #expect(
      RecordedFilter.program(RecordedFilter.https).gist(.ethernet)
        == "IPv6, TCP, source port 443 or destination port 443; "
        + "or IPv4, TCP, not a later fragment, source port 443 or destination port 443")
    #expect(
      RecordedFilter.program(RecordedFilter.dhcp).gist(.ethernet)
        == "IPv4, UDP, not a later fragment, destination port 68")
    #expect(FilterProgram.keepAll(length: 96).gist(.ethernet) == "every packet")
    #expect(FilterProgram.rejectAll.gist(.ethernet) == "nothing")
    #expect(FilterProgram.keepAll(length: 96).keptLength == 96)
  }

  @Test func whatIsSeenDependsOnWhereTheOctetsBegin() {
    // The same offset is the version in a packet without link header.
    let version = RecordedFilter.program([
      (0x30, 0, 0, 0), (0x54, 0, 0, 0xf0), (0x15, 0, 1, 0x60), (6, 0, 0, 1), (6, 0, 0, 0),
    ])
    #expect(version.gist(.network) == "IPv6")
    let netlink = RecordedFilter.program([(0x28, 0, 0, 4), (0x15, 0, 1, 16), (6, 0, 0, 1), (6, 0, 0, 0)])
    #expect(netlink.gist(.netlink) == "netlink message type is 16")
    let port = RecordedFilter.program([(0x28, 0, 0, 2), (0x15, 0, 1, 53), (6, 0, 0, 1), (6, 0, 0, 0)])
    #expect(port.gist(.transport(17)) == "destination port 53")
  }

  @Test func guessesHoldTheExpression() {
    #expect(
      Array(RecordedFilter.program(RecordedFilter.https).candidateExpressions(.ethernet)).contains("tcp port 443"))
    #expect(Array(RecordedFilter.program(RecordedFilter.vlan).candidateExpressions(.ethernet)).contains("vlan 5"))
  }

  @Test func everyTruncationIsAValue() {
    for rows in [RecordedFilter.https, RecordedFilter.vlan, RecordedFilter.dhcp] {
      let octets = RecordedFilter.octets(rows)
      for length in 0...octets.count {
        let program = FilterProgram(octets: Array(octets[..<length]))
        #expect(program.instructions.count == length / 8)
        #expect(program.listing(.ethernet).count == length / 8)
        _ = program.gist(.ethernet)
      }
    }
  }

  @Test func jumpsThatLieLeadOutOfTheProgram() {
    let program = RecordedFilter.program([(0x15, 255, 0, 1), (0x05, 0, 0, 0xffff_ffff), (0xffff, 0, 0, 0)])
    let lines = program.listing(.ethernet)
    #expect(lines[0].words == "if 0 is 1: out of the program, else go on")
    #expect(lines[1].words == "leads out of the program")
    #expect(lines[2].words == "never reached")
    #expect(lines[2].instruction == "unknown")
    #expect(program.gist(.ethernet) == "nothing")
  }

  @Test func waysThatNobodyCanCountAreNoGist() {
    // Forty tests of forty octets, none of which ends anything: 2^40 ways.
    var rows: [RecordedFilter.Row] = []
    for place in 0..<UInt32(40) { rows += [(0x30, 0, 0, place), (0x15, 0, 1, 1), (0x87, 0, 0, 0)] }
    rows += [(0x30, 0, 0, 99), (0x15, 0, 1, 1), (6, 0, 0, 1), (6, 0, 0, 0)]
    #expect(RecordedFilter.program(rows).gist(.ethernet) == nil)
  }
}
