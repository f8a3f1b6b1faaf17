import Sockets
import Testing

/// Which sockets a filter keeps, by what they are and by who holds them.
@Suite struct SocketFilterTests {
  private let loopback: UInt32 = 0x7f00_0001

  private var all: [SocketRecord] {
    [
      Samples.tcp(.listen, (0, 80), inode: 10),  // 0: a server
      Samples.tcp(.established, (loopback, 80), (loopback, 40_000), inode: 11),  // 1: its end of a connection
      Samples.tcp(.established, (loopback, 40_000), (loopback, 80), inode: 12),  // 2: the client's
      Samples.tcp(.timeWait, (0x0a00_0001, 443), (0x0a00_0002, 50_000), inode: 0),  // 3: nobody's any more
      Samples.udp(port: 53, inode: 13),  // 4
      Samples.udp(port: 0, inode: 14),  // 5: not bound yet
      Samples.unix(.stream, .listen, .path(Array("/run/x.sock".utf8)), inode: 15),  // 6
      Samples.unix(.datagram, .unconnected, .abstract(Array("log".utf8)), inode: 16),  // 7
      Samples.unix(.sequencedPacket, .established, .unnamed, inode: 17),  // 8
    ]
  }

  private func places(_ change: (inout SocketFilter) -> Void) -> [Int] {
    var filter = SocketFilter()
    change(&filter)
    var snapshot = SocketSnapshot()
    snapshot.sockets = all
    return SocketListing.places(in: snapshot, filter)
  }

  @Test func nothingAskedKeepsAll() { #expect(places { _ in } == Array(0...8)) }

  @Test func byKind() {
    #expect(places { $0.families = [.unix] } == [6, 7, 8])
    #expect(places { $0.types = [.datagram] } == [4, 5, 7])
    #expect(
      places {
        $0.families = [.inet, .unix]; $0.types = [.stream]
      } == [0, 1, 2, 3, 6])
    #expect(places { $0.protocols = FilterNames.protocols(named: "udp") ?? [] } == [4, 5])
    #expect(places { $0.protocols = FilterNames.protocols(named: "6") ?? [] } == [0, 1, 2, 3])
  }

  @Test func byState() {
    #expect(places { $0.states = [.listen] } == [0, 6])
    #expect(places { $0.listening = true } == [0, 4, 6, 7])
    #expect(places { $0.connected = true } == [1, 2, 3, 8])
    #expect(
      places {
        $0.listening = true; $0.connected = true
      } == [])
  }

  @Test func byEnds() throws {
    #expect(places { $0.ports = [80...80] } == [0, 1, 2])
    #expect(places { $0.ports = [1...60, 50_000...50_000] } == [3, 4])
    #expect(places { $0.ports = [0...0] } == [], "no port is not port 0")
    let range = try #require(AddressRange("10.0.0.2"))
    #expect(places { $0.addresses = [range] } == [3])
    #expect(places { $0.paths = [Glob("/run/*")] } == [6])
    #expect(places { $0.paths = [Glob("@l?g"), Glob("/run/x.sock")] } == [6, 7])
  }

  @Test func statesByName() {
    #expect(FilterNames.states(named: "ESTAB") == [.established])
    #expect(FilterNames.states(named: "fin-wait-1") == [.finWait1])
    #expect(FilterNames.states(named: "time_wait") == [.timeWait])
    #expect(FilterNames.states(named: "all") == Set(SocketState.allCases))
    #expect(FilterNames.states(named: "synchronized")?.contains(.synSent) == false)
    #expect(FilterNames.states(named: "connected")?.isDisjoint(with: [.listen, .close, .unconnected]) == true)
    for state in SocketState.allCases { #expect(FilterNames.states(named: "\(state.name)") == [state]) }
    #expect(FilterNames.states(named: "establish") == nil)
  }

  // MARK: Owners

  private func rows(_ change: (inout OwnerFilter) -> Void) -> [Int] {
    var filter = OwnerFilter()
    change(&filter)
    var snapshot = SocketSnapshot()
    snapshot.sockets = all
    let container = String(repeating: "3f", count: 32)
    let owners = OwnerTable(
      processes: [
        Samples.process(1, "systemd"),
        Samples.process(812, "nginx", uid: 33, cgroup: "/system.slice/nginx.service"),
        Samples.process(900, "a-name-longer-t", uid: 1000, cgroup: "/system.slice/docker-\(container).scope"),
      ],
      held: [
        HeldSocket(inode: 10, process: 0, descriptor: 5), HeldSocket(inode: 10, process: 1, descriptor: 6),
        HeldSocket(inode: 11, process: 1, descriptor: 7), HeldSocket(inode: 12, process: 2, descriptor: 3),
        HeldSocket(inode: 99, process: 2, descriptor: 4), HeldSocket(inode: 0, process: 2, descriptor: 9),
      ])
    return SocketListing(snapshot, owners, places: Array(0...8), filter).rows
  }

  @Test func byOwner() {
    #expect(rows { $0.names = [OwnerFilter.name("nginx")] } == [0, 1])
    #expect(
      rows {
        $0.names = [OwnerFilter.name("ng*")]; $0.pids = [1]
      } == [], "both of one process")
    #expect(rows { $0.pids = [1] } == [0])
    #expect(rows { $0.users = [33] } == [0, 1])
    #expect(rows { $0.units = [OwnerFilter.unit("nginx")] } == [0, 1])
    #expect(rows { $0.units = [OwnerFilter.unit("*.service")] } == [0, 1])
    #expect(rows { $0.containers = [OwnerFilter.container("3f3f")] } == [2])
    #expect(rows { $0.containers = [OwnerFilter.container("*")] } == [2])
    #expect(rows { $0.containers = [OwnerFilter.container("f3")] } == [])
    #expect(rows { $0.names = [OwnerFilter.name("a-name-longer-than-the-kernel-keeps")] } == [2])
  }

  @Test func aSocketWithoutOwnerIsItsCreators() {
    // Created by root: sockets 0 to 3; of these the first is held by root too, the next two are others', the last nobody's.
    #expect(rows { $0.users = [0] } == [0, 3])
    #expect(
      rows {
        $0.users = [0]; $0.pids = [1]
      } == [0])
  }
}
