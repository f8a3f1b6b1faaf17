import Capture
import Testing
import Wire

private let frame: [UInt8] = [1, 2, 3, 4]
private let made = Octets(isBig: false)

private func text(_ string: String) -> [UInt8] { Array(string.utf8) }

/// A Darwin Process Information Block.
private func darwin(_ make: Octets, _ pid: UInt32, _ options: [UInt8]) -> [UInt8] {
  make.block(0x8000_0001, make.four(pid) + options + make.four(0))
}

/// The octets of hexadecimal digits.
private func octets(_ digits: String) -> [UInt8] {
  let values = digits.compactMap(\.hexDigitValue)
  return stride(from: 0, to: values.count - 1, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
}

/// A PKTAP header, version 1.
private func tap(pid: Int32, name: String, length: UInt32 = 108) -> [UInt8] {
  func field(_ octets: [UInt8], _ length: Int) -> [UInt8] {
    octets + [UInt8](repeating: 0, count: length - octets.count)
  }
  return made.four(length) + made.four(1) + made.four(1)  // header length, a packet, Ethernet
    + field(text("en0"), 24) + made.four(2) + made.four(2)  // interface, sent, IPv4
    + made.four(14) + made.four(0) + made.four(UInt32(bitPattern: pid)) + field(text(name), 20)
    + made.four(0) + made.two(6) + made.two(0) + made.four(.max) + field([], 20)
}

@Suite struct SavefileProcessesTests {
  @Test(arguments: [true, false])
  func darwinBlocksAreCountedInEachSection(isBig: Bool) {
    let make = Octets(isBig: isBig)
    func index(_ number: UInt32) -> [UInt8] { make.option(0x8001, make.four(number)) + make.four(0) }
    let section = make.section() + make.interface()
    let file =
      section + darwin(make, 4242, make.option(2, text("curl")) + make.option(3, text("/usr/bin/curl")))
      + darwin(make, 812, make.option(2, text("nginx")) + make.option(4, [UInt8](0..<16)))
      + make.enhanced(0, 1, frame, options: index(1)) + make.enhanced(0, 2, frame, options: index(0))
      + make.enhanced(0, 3, frame, options: index(2)) + make.enhanced(0, 4, frame)
      + section + darwin(make, 7, make.option(2, text("other"))) + make.enhanced(0, 5, frame, options: index(0))
    let reading = read(file)
    #expect(reading.error == nil)
    #expect(reading.frames.map(\.owner.process) == [1, 0, .max, .max, 2])
    #expect(reading.frames.map(\.number) == [1, 2, 3, 4, 5])
    #expect(reading.processes.map(\.pid) == [4242, 812, 7])
    #expect(reading.processes.map(\.name) == [text("curl"), text("nginx"), text("other")])
    #expect(reading.processes.first?.executable == text("/usr/bin/curl"))
    #expect(reading.processes[1].uuid == 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f)
    #expect(reading.announced == reading.processes)
  }

  @Test func theStandardOptionNamesAThread() {
    func option(_ pid: UInt32, _ thread: UInt32) -> [UInt8] {
      made.option(8, made.four(pid) + made.four(thread)) + made.four(0)
    }
    let file =
      made.section() + made.interface() + made.enhanced(0, 1, frame, options: option(5, 0))
      + made.enhanced(0, 2, frame, options: option(5, 5)) + made.enhanced(0, 3, frame, options: option(5, 6))
      + made.enhanced(0, 4, frame, options: option(0, 6)) + made.enhanced(0, 5, frame, options: option(5, 6))
    let reading = read(file)
    #expect(reading.frames.map(\.owner.process) == [0, 0, 1, .max, 1])
    #expect(reading.processes.map(\.threadID) == [0, 6])
  }

  /// The block of Wireshark's own tests, in a section of either byte order.
  @Test(arguments: [true, false])
  func wiresharksProcessInformation(isBig: Bool) {
    let make = Octets(isBig: isBig)
    let entry = octets(
      """
      0300000094000000d2040000020004006375726c03000d002f7573722f62696e2f6375726c000000040019006375726c0068747470733a2f2f\
      6578616d706c652e636f6d2f000000050004000100000006000400e803000007000500616c696365000000080010006b8b4567327b23c6643c\
      986966334873090008000000faed5172861801000d0066697273742070726f6365737300000000000000
      """)
    let file =
      make.section() + make.interface() + make.block(0xbad, make.four(32622) + entry)
      + make.enhanced(0, 1, frame, options: make.option(8, make.four(1234) + make.four(0)))
    let reading = read(file)
    #expect(reading.error == nil)
    #expect(reading.frames.map(\.owner.process) == [0])
    var wanted = CapturedProcess(pid: 1234, name: text("curl"))
    wanted.executable = text("/usr/bin/curl")
    wanted.arguments = [text("curl"), text("https://example.com/")]
    wanted.parent = 1
    wanted.userID = 1000
    wanted.user = text("alice")
    wanted.uuid = 0x6b8b_4567_327b_23c6_643c_9869_6633_4873
    wanted.startTime = 0x1886_7251_edfa_0000
    #expect(reading.processes == [wanted])
  }

  @Test func aNumberThatIsGivenAnewIsToldByTheTime() {
    func block(_ name: String, start: UInt64?) -> [UInt8] {
      let time = start.map { made.option(9, made.eight($0)) } ?? []
      let body = made.four(99) + made.option(2, text(name)) + time + made.four(0)
      return made.block(0xbad, made.four(32622) + made.four(3) + made.four(UInt32(body.count)) + body)
    }
    func packet(_ microseconds: UInt64) -> [UInt8] {
      made.enhanced(0, microseconds, frame, options: made.option(8, made.four(99) + made.four(0)))
    }
    let head = made.section() + made.interface()
    let timed =
      head + block("late", start: 20_000) + block("early", start: 10_000) + packet(5) + packet(10) + packet(20)
    #expect(read(timed).frames.map(\.owner.process) == [1, 1, 0])
    let untimed = head + block("first", start: nil) + block("second", start: nil) + packet(5)
    #expect(read(untimed).frames.map(\.owner.process) == [1])
  }

  @Test func ptcpdumpsComments() {
    func packet(_ comments: String...) -> [UInt8] {
      made.enhanced(
        0, 1, frame,
        options: comments.flatMap { made.option(1, text($0)) } + made.option(2, made.four(2)) + made.four(0))
    }
    let file =
      made.section() + made.interface()
      + packet(
        "PID: 42\nCmd: /usr/bin/curl\nArgs: curl -s ...", "ThreadId: 43\nThreadName: worker", "UserId: 1000",
        "ParentPID: 1\nParentCmd: /sbin/init\nParentArgs: init", "ContainerName: web\nContainerId: 0123")
      + packet("PID: 42\nCmd: sh") + packet("a person wrote: this") + packet("PID: none") + packet("PID: 42\nCmd: sh")
    let reading = read(file)
    #expect(reading.frames.map(\.owner.process) == [0, 1, .max, .max, 1])
    #expect(reading.frames.allSatisfy { $0.direction == .outbound })
    var wanted = CapturedProcess(pid: 42, name: text("curl"))
    wanted.threadID = 43
    wanted.executable = text("/usr/bin/curl")
    wanted.arguments = [text("curl"), text("-s"), text("...")]
    wanted.userID = 1000
    wanted.parent = 1
    wanted.containerName = text("web")
    wanted.container = text("0123")
    #expect(reading.processes == [wanted, CapturedProcess(pid: 42, name: text("sh"))])
  }

  @Test func packetTapsInBothFormats() {
    let packets = [
      tap(pid: 42, name: "curl") + frame, tap(pid: -1, name: ""), tap(pid: 7, name: "x", length: 107), frame,
    ]
    let classic = made.pcapHeader(network: 258) + packets.flatMap { made.record(1, 2, $0) }
    let modern = made.section() + made.interface(258) + packets.flatMap { made.enhanced(0, 1, $0) }
    for file in [classic, modern] {
      let reading = read(file)
      #expect(reading.error == nil)
      #expect(reading.frames.map(\.owner.process) == [0, .max, .max, .max])
      #expect(reading.frames.map(\.octets) == packets)
      #expect(reading.announced == [CapturedProcess(pid: 42, name: text("curl"))])
    }
  }

  @Test func ourOwnOptionsCountInOurOwnSectionsOnly() {
    for application in ["sockeye 0.1.0", "another"] {
      let file =
        made.section(options: made.option(4, text(application)) + made.four(0)) + made.interface()
        + darwin(made, 1, made.option(0x900c, text("a.service"))) + darwin(made, 2, [])
        + made.enhanced(0, 1, frame, options: made.option(0x8001, made.four(0)) + made.option(0x9001, made.four(1)))
      let reading = read(file)
      #expect(reading.frames.map(\.owner.process) == [0])
      #expect(reading.frames.map(\.owner.peer) == [application == "another" ? .max : 1])
      #expect(reading.processes.first?.unit == text("a.service"))
    }
  }

  /// Blocks that end anywhere are passed over, and what comes behind them is read.
  @Test func blocksCutAnywhere() {
    let options =
      made.option(2, text("curl")) + made.option(0x9004, text("curl\0-s")) + made.option(0x9009, made.eight(1))
    let whole = made.four(4242) + options + made.four(0)
    let entry = made.four(32622) + made.four(3) + made.four(UInt32(whole.count)) + whole
    for length in 0...entry.count {
      let file =
        made.section() + made.interface() + made.block(0x8000_0001, Array(whole.prefix(length)))
        + made.block(0xbad, Array(entry.prefix(length)))
        + made.enhanced(0, 1, frame, options: made.option(0x8001, made.four(0)))
      let reading = read(file)
      #expect(reading.error == nil)
      #expect(reading.frames.count == 1)
      #expect(reading.processes.allSatisfy { $0.pid == 4242 || length < 4 })
    }
  }
}
