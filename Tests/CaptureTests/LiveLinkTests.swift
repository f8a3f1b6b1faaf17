import Capture
import Foundation
import Glibc
import Linux
import Testing
import Wire

/// How frames of different links come out: VLAN tags, cooked headers, raw IP.
@Suite(.enabled(if: geteuid() == 0, Comment(rawValue: needsRoot)))
struct LiveLinkTests {
  private let payload: [UInt8] = [1, 2, 3, 4]

  /// Sends Ethernet frames with a tag of VLAN 5 that hold UDP from the near end to the far one, as octets: the kernel
  /// takes the tag out of them when they come in, whether it has the VLAN module or not.
  private func sendTagged(_ network: TestNetwork, _ name: String = "v0") throws {
    let link = try network.near.run { () throws(SystemError) in try LinkQuery(name: name) }
    let socket = try network.near.run { () throws(SystemError) in try PacketSocket(cooked: false).take() }
    try PacketSocket(socket).sendOnce(tagged, interface: link.index)
  }

  /// The frame: length 18 + 20 + 8 + 4.
  private var tagged: [UInt8] {
    TestNetwork.farHardwareAddress + TestNetwork.nearHardwareAddress + [0x81, 0, 0, 5, 8, 0]
      + [0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0x65, 0x2f, 10, 77, 0, 1, 10, 77, 0, 2]
      + [0x0b, 0xb8, 0x0f, 0xa0, 0, 12, 0, 0] + payload
  }

  @Test(arguments: ["v0", "v1"])
  func aStrippedTagIsPutBack(interface: String) throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([
      CaptureRequest(
        interface: interface, filter: "vlan 5 and udp", networkNamespace: interface == "v0" ? network.near : network.far
      )
    ])
    try sendTagged(network)
    let plain = try Sender(in: network.near, from: "10.77.0.1", port: 3000)
    try plain.send(payload, to: "10.77.0.2", port: 4000)
    let frames = try capture.collect(1)
    #expect(frames.map(\.bytes) == [tagged])
    #expect(frames.map(\.info.originalLength) == [50])
    #expect(frames.map(\.info.direction) == [interface == "v0" ? .outbound : .inbound])
  }

  @Test func aTagIsCountedInTheSnapLength() throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([
      CaptureRequest(interface: "v1", filter: "vlan", snapLength: 30, networkNamespace: network.far)
    ])
    try sendTagged(network)
    let frame = try #require(try capture.collect(1).first)
    #expect(frame.bytes == Array(tagged[0..<30]))
    #expect(frame.info.originalLength == 50)
  }

  @Test(arguments: ["udp dst port 4001", "outbound and ip dst 10.77.0.2 and udp[2:2] == 4001"])
  func aCookedHeaderStandsBeforeThePacket(filter: String) throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([
      CaptureRequest(interface: "v0", filter: filter, snapLength: 50, cooked: true, networkNamespace: network.near)
    ])
    let sender = try Sender(in: network.near, from: "10.77.0.1", port: 3000)
    try sender.send(payload, to: "10.77.0.2", port: 4000)
    try sender.send(payload, to: "10.77.0.2", port: 4001)
    let frames = try capture.collect(1)
    #expect(frames.count == 1)
    let frame = try #require(frames.first)
    let index = UInt8(truncatingIfNeeded: capture.interfaces[0].index)
    #expect(frame.info.linkType == .linuxSLL2)
    #expect(frame.info.originalLength == 20 + 32)
    #expect(frame.bytes.count == 50)
    // Protocol, reserved, interface, Ethernet, sent by us, six octets of address.
    #expect(Array(frame.bytes[0..<12]) == [8, 0, 0, 0, 0, 0, 0, index, 0, 1, 4, 6])
    #expect(Array(frame.bytes[12..<18]) == TestNetwork.nearHardwareAddress)
    #expect(Array(frame.bytes[20..<24]) == [0x45, 0, 0, 32])
  }

  @Test(arguments: ["v0", "v1"])
  func aTagStandsBehindTheCookedHeader(interface: String) throws {
    let network = try TestNetwork()
    var capture = try LiveCapture([
      CaptureRequest(
        interface: interface, cooked: true, networkNamespace: interface == "v0" ? network.near : network.far)
    ])
    try sendTagged(network)
    let frame = try #require(try capture.collect(1).first)
    #expect(Array(frame.bytes[0..<2]) == [0x81, 0])
    #expect(Array(frame.bytes[20...]) == Array(tagged[14...]))
    #expect(frame.info.originalLength == 56)
  }

  @Test func aFilterOnWhatTheKernelDoesNotKnowIsRefused() throws {
    let network = try TestNetwork()
    let error = #expect(throws: CaptureError.self) {
      _ = try LiveCapture([
        CaptureRequest(interface: "v0", filter: "link[11] = 6", cooked: true, networkNamespace: network.near)
      ]).interfaces
    }
    guard case .filter = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
  }

  @Test func aTunnelDeviceHasRawIP() throws {
    let network = try TestNetwork()
    let tunnel = try network.near.run { () throws(SystemError) in try Self.openTunnel("t0") }
    try TestNetwork.ip("-n \(network.nearName) addr add 10.79.0.1/24 dev t0")
    try TestNetwork.ip("-n \(network.nearName) link set t0 up")
    var capture = try LiveCapture([
      CaptureRequest(interface: "t0", filter: "udp port 4000", networkNamespace: network.near)
    ])
    #expect(capture.interfaces[0].linkType == .raw)
    let sender = try Sender(in: network.near, from: "10.79.0.1", port: 3000)
    try sender.send(payload, to: "10.79.0.2", port: 4000)
    let frame = try #require(try capture.collect(1).first)
    #expect(frame.bytes.count == 32)
    #expect(Array(frame.bytes[0..<4]) == [0x45, 0, 0, 32])
    #expect(frame.info.direction == .outbound)
    _ = tunnel.take()
  }

  /// Makes a tun device without packet information. See the kernel's networking/tuntap.rst.
  private static func openTunnel(_ name: String) throws(SystemError) -> Descriptor {
    let device = try Descriptor.open("/dev/net/tun", flags: O_RDWR)
    let number = device.rawValue
    // struct ifreq: the name in 16 octets, then IFF_TUN | IFF_NO_PI.
    var request = [UInt8](repeating: 0, count: 40)
    for (place, octet) in name.utf8.enumerated() { request[place] = octet }
    request[16] = 0x01
    request[17] = 0x10
    let setInterface: UInt = 0x4004_54ca
    try systemCall("ioctl(TUNSETIFF)") { unsafe ioctl(number, setInterface, &request) }
    return device
  }
}

extension Socket where Endpoint == PacketEndpoint {
  /// Sends one frame, header and all, out of an interface.
  func sendOnce(_ frame: [UInt8], interface: Int32) throws(SystemError) {
    try bind(to: PacketEndpoint(interface: interface, protocolNumber: 0x8100))
    try send(frame)
  }
}
