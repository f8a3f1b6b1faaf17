import Foundation
import Testing
import Wire

@testable import Capture

/// The ends of a frame, read without decoding it, are those that decoding finds, on every frame of every capture.
@Suite struct FrameEndsTests {
  /// The link types whose packets the kernel hands up to a live capture.
  private static let linkTypes: [LinkType] = [.ethernet, .raw, .ipv4, .ipv6, .null, .loop, .linuxSLL, .linuxSLL2]

  @Test func endsAreThoseOfTheDecodedPacket() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("fixtures/captures")
    let layers = LayerStorage()
    var compared = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
      var file = try Savefile(path: folder.appendingPathComponent(name).path)
      try? file.forEachFrame { frame in
        guard Self.linkTypes.contains(frame.info.linkType), let flow = Packet(frame, in: layers).flowPacket(),
          flow.tunnel.kind == .none, flow.transport == .tcp || flow.transport == .udp
        else { return true }
        let ends = FrameEnds(frame)
        guard flow.fragment != .later else {
          #expect(ends.kind == .laterFragment, "\(name), packet \(frame.info.number)")
          return true
        }
        compared += 1
        let isSame =
          ends.kind == .ports && ends.isIPv6 == flow.isIPv6 && ends.protocolNumber == flow.protocolNumber
          && ends.source == flow.source && ends.destination == flow.destination
          && ends.sourcePort == flow.sourcePort && ends.destinationPort == flow.destinationPort
        if !isSame { Issue.record("\(name), packet \(frame.info.number): \(ends), \(flow)") }
        if flow.transport == .tcp, ends.flags != flow.tcp.flags {
          Issue.record("\(name), packet \(frame.info.number): flags \(ends.flags)")
        }
        return true
      }
    }
    #expect(compared > 500)
  }

  @Test func commonEndsAreTheSame() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("fixtures/captures")
    var compared = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
      var file = try Savefile(path: folder.appendingPathComponent(name).path)
      try? file.forEachFrame { frame in
        guard [.ethernet, .raw].contains(frame.info.linkType) else { return true }
        let linkType = frame.info.linkType
        var octets = (0..<frame.bytes.byteCount).map { frame.bytes.uint8(at: $0) }
        compared += Self.compare(octets, linkType, "\(name), packet \(frame.info.number)")
        // Whatever stands in the headers, and wherever they are cut off.
        guard frame.info.number < 6 else { return true }
        for place in octets.indices.prefix(70) {
          for change in [UInt8(0x01), 0x10, 0x80] {
            octets[place] ^= change
            _ = Self.compare(octets, linkType, "\(name), packet \(frame.info.number), octet \(place)")
            octets[place] ^= change
          }
          _ = Self.compare(
            Array(octets.prefix(place)), linkType, "\(name), packet \(frame.info.number), \(place) octets")
        }
        return true
      }
    }
    #expect(compared > 500)
  }

  /// Holds the common way against the other one; 1 where it was taken.
  private static func compare(_ octets: [UInt8], _ linkType: LinkType, _ place: String) -> Int {
    withBytes(octets) { bytes in
      guard let common = CommonEnds(bytes, linkType) else { return 0 }
      let ends = FrameEnds(bytes, linkType)
      let isSame =
        ends.kind == .ports && ends.fragmentIdentifier == 0 && ends.flags.isDisjoint(with: [.synchronize, .reset])
        && ends.isIPv6 == common.isIPv6 && ends.protocolNumber == common.protocolNumber
        && ends.source == common.source && ends.destination == common.destination
        && UInt32(ends.sourcePort) << 16 | UInt32(ends.destinationPort) == common.ports
      if !isSame { Issue.record("\(place): \(common), \(ends)") }
      return 1
    }
  }

  @Test func anEchoAsksOrAnswers() {
    var octets: [UInt8] = [
      0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,  // IPv4 from 10.0.0.1 to 10.0.0.2
      8, 0, 0, 0, 0x12, 0x34, 0, 1,  // ICMP echo request, identifier 0x1234
    ]
    let request = Self.ends(octets)
    #expect(request.kind == .echoRequest && request.sourcePort == 0x1234 && request.destinationPort == 0x1234)
    octets[20] = 0
    var reply = Self.ends(octets)
    #expect(reply.kind == .echoReply)
    reply.turnToRequest()
    #expect(reply.kind == .echoRequest && reply.source == 0x0a00_0002 && reply.destination == 0x0a00_0001)
    octets[20] = 3
    #expect(Self.ends(octets).kind == .kernel)
    for count in 0..<28 where count < 26 { #expect(Self.ends(Array(octets.prefix(count))).kind != .echoRequest) }
  }

  private static func ends(_ octets: [UInt8]) -> FrameEnds {
    withBytes(octets) { FrameEnds(network: $0, type: 0x0800) }
  }
}
