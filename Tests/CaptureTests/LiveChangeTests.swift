import Capture
import Glibc
import Linux
import Testing
import Wire

/// What happens to interfaces during a capture, and several at once.
@Suite(.enabled(if: geteuid() == 0, Comment(rawValue: needsRoot)))
struct LiveChangeTests {
  private let payload: [UInt8] = [1, 2, 3, 4]

  @Test func anInterfaceThatGoesDownIsWaitedFor() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([CaptureRequest(interface: "v1", filter: "udp", networkNamespace: network.far)])
    let interface = capture.interfaces[0]
    let sender = try Sender(in: network.near, from: "10.77.0.1", port: 3000)
    try sender.send(payload, to: "10.77.0.2", port: 4000)
    var events: [CaptureEvent] = []
    var count = 0
    var step = 0
    var patience = 250
    try capture.run(idleMilliseconds: 20) { _ in
      count += 1
      return true
    } onIdle: {
      patience -= 1
      do {
        switch step {
        case 0 where count == 1:
          try TestNetwork.ip("-n \(network.farName) link set v1 down")
          step = 1
        case 1 where events.last == .interfaceDown(interface):
          try network.up()
          step = 2
        case 2 where events.last == .interfaceUp(interface):
          try sender.send(payload, to: "10.77.0.2", port: 4000)
          step = 3
        default:
          break
        }
      } catch {
        Issue.record(error)
        return false
      }
      return count < 2 && patience > 0
    } onEvent: {
      events.append($0)
    }
    #expect(events == [.interfaceDown(interface), .interfaceUp(interface)])
    #expect(capture.statistics == CaptureStatistics(received: 2, captured: 2))
  }

  @Test func oneThatIsDownFromTheStartIsWaitedFor() throws {
    let network = try TestNetwork()
    try TestNetwork.ip("-n \(network.farName) link set v1 down")
    var capture = try LiveCapture([CaptureRequest(interface: "v1", filter: "udp", networkNamespace: network.far)])
    let interface = capture.interfaces[0]
    var events: [CaptureEvent] = []
    var patience = 250
    try capture.run(idleMilliseconds: 20) { _ in
      true
    } onIdle: {
      patience -= 1
      return events.isEmpty && patience > 0
    } onEvent: {
      events.append($0)
    }
    #expect(events == [.interfaceDown(interface)])
  }

  @Test func oneThatIsDeletedEndsItsCapture() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([CaptureRequest(interface: "v1", filter: "udp", networkNamespace: network.far)])
    let interface = capture.interfaces[0]
    let sender = try Sender(in: network.near, from: "10.77.0.1", port: 3000)
    for _ in 0..<10 { try sender.send(payload, to: "10.77.0.2", port: 4000) }
    try TestNetwork.ip("-n \(network.nearName) link del v0")
    var events: [CaptureEvent] = []
    var count = 0
    // It ends by itself, and what had come before is not lost.
    try capture.run { _ in
      count += 1
      return true
    } onIdle: {
      true
    } onEvent: {
      events.append($0)
    }
    #expect(events.last == .interfaceGone(interface))
    #expect(count == 10)
    #expect(capture.statistics == CaptureStatistics(received: 10, captured: 10))
  }

  @Test func theOthersGoOnWhenOneIsDeleted() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([
      CaptureRequest(interface: "v0", filter: "udp", networkNamespace: network.near),
      CaptureRequest(interface: "lo", filter: "udp", networkNamespace: network.near),
    ])
    let sender = try Sender(in: network.near, from: "127.0.0.1", port: 3000)
    try TestNetwork.ip("-n \(network.nearName) link del v0")
    var events: [CaptureEvent] = []
    var count = 0
    var patience = 250
    let gone = CaptureEvent.interfaceGone(capture.interfaces[0])
    try capture.run(idleMilliseconds: 20) { _ in
      count += 1
      return true
    } onIdle: {
      patience -= 1
      if events.contains(gone), patience > 0 {
        try? sender.send(payload, to: "127.0.0.1", port: 3000)
      }
      return count < 3 && patience > 0
    } onEvent: {
      events.append($0)
    }
    #expect(events.contains(gone))
    #expect(count >= 3)
    let statistics = capture.statistics
    #expect(statistics.received == statistics.captured)
    #expect(capture.statistics(of: 0) == CaptureStatistics())
  }

  @Test func severalInterfacesComeInTheOrderOfTime() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([
      CaptureRequest(interface: "v0", filter: "udp", networkNamespace: network.near),
      CaptureRequest(interface: "v1", filter: "udp", networkNamespace: network.far),
      CaptureRequest(interface: "lo", filter: "udp", networkNamespace: network.near),
    ])
    let sender = try Sender(in: network.near, from: "10.77.0.1", port: 3000)
    let local = try Sender(in: network.near, from: "127.0.0.1", port: 3000)
    // Uneven, and with pauses, so that blocks are handed over at different times.
    for round in 0..<40 {
      try sender.send(payload, to: "10.77.0.2", port: 4000)
      if round % 7 == 0 { try local.send(payload, to: "127.0.0.1", port: 3000) }
      if round % 5 == 0 { usleep(3_000) }
    }
    let frames = try capture.collect(86)
    #expect(frames.count == 86)
    #expect(frames.map(\.info.number) == Array(1...86))
    let times = frames.map(\.info.timestamp)
    #expect(times == times.sorted())
    #expect(frames.filter { $0.info.interface == 0 }.count == 40)
    #expect(frames.filter { $0.info.interface == 2 }.count == 6)
    #expect(capture.statistics == CaptureStatistics(received: 86, captured: 86))
  }

  @Test func aSignalEndsTheCapture() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture(
      [CaptureRequest(interface: "v0", filter: "udp", networkNamespace: network.near)],
      signals: try SignalSource([SIGUSR1]))
    let sender = try Sender(in: network.near, from: "10.77.0.1", port: 3000)
    for _ in 0..<5 { try sender.send(payload, to: "10.77.0.2", port: 4000) }
    // To this thread, which runs the capture.
    raise(SIGUSR1)
    try capture.run { _ in
      true
    } onIdle: {
      true
    } onEvent: { _ in
    }
    #expect(capture.stopSignal == SIGUSR1)
    #expect(capture.statistics == CaptureStatistics(received: 5, captured: 5))
  }
}
