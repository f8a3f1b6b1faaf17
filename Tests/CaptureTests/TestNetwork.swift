import Foundation

import Glibc
import Linux
import Synchronization

/// Two network namespaces with a veth pair between them, deleted again at the end. IPv4 only, and neighbors are set,
/// so that nothing is on the wire but what a test sends.
final class TestNetwork {
  static let nearHardwareAddress: [UInt8] = [0x02, 0, 0, 0, 0, 0x01]
  static let farHardwareAddress: [UInt8] = [0x02, 0, 0, 0, 0, 0x02]
  private static let counter = Atomic<Int>(0)

  let nearName: String
  let farName: String
  var near: NetworkNamespace { NetworkNamespace(path: "/run/netns/\(nearName)") }
  var far: NetworkNamespace { NetworkNamespace(path: "/run/netns/\(farName)") }

  init() throws {
    let number = Self.counter.add(1, ordering: .relaxed).newValue
    nearName = "sockeye-engine-\(getpid())-\(number)a"
    farName = "sockeye-engine-\(getpid())-\(number)b"
    try Self.ip("netns add \(nearName)")
    try Self.ip("netns add \(farName)")
    for namespace in [near, far] {
      try namespace.run { () throws(SystemError) in
        for which in ["all", "default"] {
          let path = "/proc/sys/net/ipv6/conf/\(which)/disable_ipv6"
          // A kernel without IPv6 has none of it to be disturbed by.
          guard let file = try? Descriptor.open(path, flags: O_WRONLY) else { continue }
          _ = unsafe write(file.rawValue, "1", 1)
        }
      }
    }
    try Self.ip("-n \(nearName) link add v0 address 02:00:00:00:00:01 type veth peer name v1 netns \(farName)")
    try Self.ip("-n \(farName) link set v1 address 02:00:00:00:00:02")
    try Self.ip("-n \(nearName) addr add 10.77.0.1/24 dev v0")
    try Self.ip("-n \(farName) addr add 10.77.0.2/24 dev v1")
    try Self.ip("-n \(nearName) link set lo up")
    try up()
  }

  deinit {
    try? Self.ip("netns del \(nearName)")
    try? Self.ip("netns del \(farName)")
  }

  /// Brings both ends up and sets the neighbors.
  func up() throws {
    try Self.ip("-n \(nearName) link set v0 up")
    try Self.ip("-n \(farName) link set v1 up")
    try Self.ip("-n \(nearName) neigh replace 10.77.0.2 lladdr 02:00:00:00:00:02 dev v0")
    try Self.ip("-n \(farName) neigh replace 10.77.0.1 lladdr 02:00:00:00:00:01 dev v1")
  }

  /// Runs ip(8) with arguments separated by spaces.
  static func ip(_ arguments: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["ip"] + arguments.split(separator: " ").map(String.init)
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(arguments: arguments) }
  }

  struct Failure: Error {
    var arguments: String
  }
}

/// A UDP socket in a network namespace.
struct Sender: ~Copyable {
  let socket: Socket<IPv4Endpoint, DatagramStyle>

  /// Opens and binds the socket.
  init(in namespace: NetworkNamespace, from address: String, port: UInt16) throws {
    socket = try Self.open(in: namespace, Self.address(address, port))
  }

  private static func open(
    in namespace: NetworkNamespace, _ local: IPv4Endpoint
  ) throws(SystemError) -> Socket<IPv4Endpoint, DatagramStyle> {
    let socket = try namespace.run { () throws(SystemError) in try Socket<IPv4Endpoint, DatagramStyle>() }
    try socket.bind(to: local)
    return socket
  }

  /// Sends one datagram.
  func send(_ payload: [UInt8], to address: String, port: UInt16) throws {
    try socket.send(payload, to: Self.address(address, port))
  }

  private static func address(_ text: String, _ port: UInt16) -> IPv4Endpoint {
    IPv4Endpoint(address: UInt32(bigEndian: unsafe inet_addr(text)), port: port)
  }
}
