import Capture
import Glibc
import Linux
import Testing
import Wire

@Suite(.enabled(if: geteuid() == 0, Comment(rawValue: needsRoot)))
struct LiveCaptureTests {
  private let payload = Array("known octets".utf8)

  /// Sends datagrams from the near end to the far one.
  private func sendNear(_ network: TestNetwork, count: Int, payload: [UInt8], port: UInt16 = 4000) throws {
    let sender = try Sender(in: network.near, from: "10.77.0.1", port: 3000)
    for _ in 0..<count { try sender.send(payload, to: "10.77.0.2", port: port) }
  }

  @Test func octetsAreThoseOnTheWire() throws {
    let network = try TestNetwork()
    let before = time(nil)
    var capture = try LiveCapture([CaptureRequest(interface: "v1", filter: "udp", networkNamespace: network.far)])
    try sendNear(network, count: 3, payload: payload)
    let frames = try capture.collect(3)
    #expect(frames.count == 3)
    for (place, frame) in frames.enumerated() {
      #expect(frame.info.number == UInt64(place + 1))
      #expect(frame.info.linkType == .ethernet)
      #expect(frame.info.direction == .inbound)
      #expect(frame.info.originalLength == 54)
      #expect(Array(frame.bytes[0..<14]) == TestNetwork.farHardwareAddress + TestNetwork.nearHardwareAddress + [8, 0])
      // IPv4 without options, length 40, UDP, from and to.
      #expect(Array(frame.bytes[14..<18]) == [0x45, 0, 0, 40])
      #expect(frame.bytes[23] == 17)
      #expect(Array(frame.bytes[26..<34]) == [10, 77, 0, 1, 10, 77, 0, 2])
      // UDP 3000 to 4000, length 20.
      #expect(Array(frame.bytes[34..<40]) == [0x0b, 0xb8, 0x0f, 0xa0, 0, 20])
      #expect(Array(frame.bytes[42...]) == payload)
      #expect(frame.info.timestamp.seconds >= Int64(before) && frame.info.timestamp.seconds <= Int64(time(nil)))
    }
    #expect(frames.map(\.info.timestamp) == frames.map(\.info.timestamp).sorted())
    #expect(capture.statistics == CaptureStatistics(received: 3, captured: 3))
  }

  @Test func whatThisHostSendsIsOutbound() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([CaptureRequest(interface: "v0", filter: "udp", networkNamespace: network.near)])
    try sendNear(network, count: 1, payload: payload)
    let frames = try capture.collect(1)
    #expect(frames.map(\.info.direction) == [.outbound])
    // A veth leaves the checksum to the "card".
    #expect(frames.map(\.info.checksumOffload) == [.notReady])
  }

  @Test func loopbackIsShownOnce() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([CaptureRequest(interface: "lo", filter: "udp", networkNamespace: network.near)])
    let sender = try Sender(in: network.near, from: "127.0.0.1", port: 3000)
    for _ in 0..<5 { try sender.send(payload, to: "127.0.0.1", port: 3000) }
    let frames = try capture.collect(5)
    #expect(frames.count == 5)
    #expect(capture.statistics == CaptureStatistics(received: 5, captured: 5))
  }

  @Test func theKernelFilters() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([
      CaptureRequest(interface: "v1", filter: "udp dst port 4001", networkNamespace: network.far)
    ])
    try sendNear(network, count: 20, payload: payload, port: 4000)
    try sendNear(network, count: 2, payload: payload, port: 4001)
    let frames = try capture.collect(2)
    #expect(frames.count == 2)
    // What does not pass is not even counted: it never came to the ring.
    #expect(capture.statistics == CaptureStatistics(received: 2, captured: 2))
  }

  @Test(arguments: [nil, "udp"])
  func framesAreCutToTheSnapLength(filter: String?) throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([
      CaptureRequest(interface: "v1", filter: filter, snapLength: 60, networkNamespace: network.far)
    ])
    try sendNear(network, count: 1, payload: Array(repeating: 7, count: 500))
    let frames = try capture.collect(1)
    // Without a filter the answer "port unreachable" is seen, too.
    #expect(frames.first?.bytes.count == 60)
    #expect(frames.first?.info.originalLength == 542)
  }

  @Test func whatComesAfterTheLastWantedIsCounted() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([CaptureRequest(interface: "v0", filter: "udp", networkNamespace: network.near)])
    try sendNear(network, count: 100, payload: payload)
    var count = 0
    try capture.run { _ in
      count += 1
      return count < 10
    } onIdle: {
      true
    } onEvent: { _ in
    }
    #expect(capture.statistics == CaptureStatistics(received: 100, captured: 10, unread: 90))
  }

  @Test func stoppingDrainsTheRing() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([CaptureRequest(interface: "v0", filter: "udp", networkNamespace: network.near)])
    try sendNear(network, count: 1000, payload: payload)
    var count = 0
    // Stopped before the block is handed over: all of it comes from draining.
    try capture.run { _ in
      count += 1
      return true
    } onIdle: {
      false
    } onEvent: { _ in
    }
    #expect(count == 1000)
    #expect(capture.statistics == CaptureStatistics(received: 1000, captured: 1000))
  }

  @Test func dropsAreCountedExactly() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([
      CaptureRequest(interface: "v0", filter: "udp", ringMemory: 2 << 20, networkNamespace: network.near)
    ])
    try sendNear(network, count: 4000, payload: Array(repeating: 1, count: 1400))
    let frames = try capture.collect(.max, patience: 5)
    let statistics = capture.statistics
    #expect(statistics.received == 4000)
    #expect(statistics.dropped > 1000)
    #expect(statistics.captured == UInt64(frames.count))
    #expect(statistics.received == statistics.captured + statistics.dropped)
  }

  @Test func anUnknownInterfaceIsNamed() throws {
    #expect(throws: CaptureError.noSuchInterface("sockeye-none")) {
      _ = try LiveCapture([CaptureRequest(interface: "sockeye-none")]).interfaces
    }
  }

  @Test func aFilterWithASyntaxErrorSaysSo() throws {
    let network = try TestNetwork()
    let error = #expect(throws: CaptureError.self) {
      _ = try LiveCapture([
        CaptureRequest(interface: "v0", filter: "tcp port", networkNamespace: network.near)
      ]).interfaces
    }
    guard case .filter(let filter) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(filter.text.contains("syntax error"))
  }
}
