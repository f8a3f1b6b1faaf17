import Output
import Sockets
import Testing
import Wire

/// Sockets as a table.
@Suite struct SocketTableTests {
  private func table(_ listing: SocketListing, _ choice: ColumnChoice = .usual, width: Int? = nil) -> [String] {
    let text = written { text in
      let table = SocketTable(listing, choice, width: width)
      table.writeHeader(into: &text)
      for row in listing.rows.indices { table.writeRow(row, into: &text) }
    }
    return text.split(separator: "\n").map(String.init)
  }

  /// What stands in one column of one socket.
  private func cell(_ column: SocketColumn, _ socket: SocketRecord) -> String {
    table(SocketSamples.listing([socket]), ColumnChoice([column])).last ?? ""
  }

  @Test func aRowHasWhatAnOperatorWants() {
    let lines = table(
      SocketSamples.listing(
        [SocketSamples.listener],
        [
          SocketSamples.process(1, "systemd"),
          SocketSamples.process(812, "nginx", cgroup: "/system.slice/nginx.service"),
        ],
        [
          HeldSocket(inode: 7, process: 1, descriptor: 7), HeldSocket(inode: 7, process: 0, descriptor: 40),
          HeldSocket(inode: 7, process: 1, descriptor: 6),
        ]))
    #expect(
      lines == [
        "KIND  STATE   RECV-Q  SEND-Q  LOCAL  REMOTE  OWNER",
        "tcp   listen   1/128       -  *:80   -       systemd[1] fd 40 +1",
      ])
  }

  @Test func endsAreShownAsWhatTheyAre() {
    let loopback: InternetAddress = .v4(0x7f00_0001)
    let kinds: [(SocketRecord, String, String)] = [
      (SocketSamples.listener, "tcp", "*:80"),
      (
        SocketSamples.socket(.inet6, .stream, .listen, .internet(.v6(0), port: 80, interface: 0), number: 6), "tcp6",
        "*:80"
      ),
      (
        SocketSamples.socket(
          .inet6, .stream, .listen, .internet(.v6(0xffff_7f00_0001), port: 80, interface: 0), number: 6),
        "tcp6", "[::ffff:127.0.0.1]:80"
      ),
      (
        SocketSamples.socket(.inet6, .datagram, .unconnected, .internet(.v6(1), port: 53, interface: 2), number: 17),
        "udp6", "[::1%eth0]:53"
      ),
      (
        SocketSamples.socket(.inet, .datagram, .unconnected, .internet(loopback, port: 0, interface: 9), number: 17),
        "udp", "127.0.0.1%if9:*"
      ),
      (
        SocketSamples.socket(.inet, .raw, .unconnected, .internet(.v4(0), port: 1, interface: 0), number: 1), "raw",
        "*:icmp"
      ),
      (
        SocketSamples.socket(.inet, .raw, .unconnected, .internet(.v4(0), port: 0, interface: 0), number: 253), "raw",
        "*:253"
      ),
      (
        SocketSamples.socket(.inet, .datagram, .unconnected, .internet(.v4(0), port: 8, interface: 0), number: 1),
        "ping", "*:8"
      ),
      (
        SocketSamples.socket(.inet, .stream, .listen, .internet(.v4(0), port: 8, interface: 0), number: 262), "mptcp",
        "*:8"
      ),
      (
        SocketSamples.socket(.packet, .raw, .unconnected, .packet(interface: 2, protocolNumber: 3), number: 3),
        "packet-raw", "eth0:all"
      ),
      (
        SocketSamples.socket(
          .packet, .datagram, .unconnected, .packet(interface: 0, protocolNumber: 0x88b5), number: 0x88b5),
        "packet-dgram", "*:0x88b5"
      ),
      (SocketSamples.socket(.netlink, .raw, .unconnected, .netlink(portID: 812, groups: [])), "netlink", "route:812"),
      (
        SocketSamples.socket(.netlink, .raw, .unconnected, .netlink(portID: 0, groups: []), number: 15), "netlink",
        "kobject_uevent:kernel"
      ),
      (SocketSamples.socket(.vsock, .stream, .listen, .vsock(context: .max, port: 1024)), "vsock-stream", "*:1024"),
      (SocketSamples.socket(.xdp, .raw, .unconnected, .xdp(interface: 2, queue: 3)), "xdp", "eth0:queue3"),
      (SocketSamples.socket(.unix, .stream, .listen, .unix(.path(Array("/run/x".utf8)))), "unix-stream", "/run/x"),
      (SocketSamples.socket(.unix, .datagram, .unconnected, .unix(.abstract(Array("log".utf8)))), "unix-dgram", "@log"),
      (SocketSamples.socket(.unix, .sequencedPacket, .established, .unix(.unnamed)), "unix-seqpacket", "#7"),
    ]
    for (socket, kind, local) in kinds {
      #expect(cell(.kind, socket) == kind)
      #expect(cell(.local, socket) == local)
    }
    var only = SocketSamples.socket(.inet6, .stream, .listen, .internet(.v6(0), port: 80, interface: 0), number: 6)
    only.isIPv6Only = true
    #expect(cell(.local, only) == "[::]:80")
  }

  /// A name that a program chose cannot act on the terminal, nor look like another column or line.
  @Test func hostileNamesAreOneWord() {
    let name = Array("/tmp/a  nginx[1] fd 3\n\u{1b}[31m\u{202e}x".utf8) + [0xff]
    #expect(
      cell(.local, SocketSamples.socket(.unix, .stream, .listen, .unix(.path(name))))
        == "/tmp/a\\x20\\x20nginx[1]\\x20fd\\x203\\n\\x1b[31m\\u{202e}x\\xff")
    let lines = table(
      SocketSamples.listing(
        [SocketSamples.listener], [SocketSamples.process(1, "a\nb\u{1b}]0;x\u{7}")],
        [HeldSocket(inode: 7, process: 0, descriptor: 3)]), ColumnChoice([.owner]))
    #expect(lines == ["OWNER", "a\\nb\\x1b]0;x\\x07[1] fd 3"])
  }

  @Test func notesSayWhatOneShouldNotice() {
    var full = SocketSamples.listener
    full.acceptQueue = 129
    #expect(cell(.notes, full) == "accept queue full")
    full.acceptQueue = 127
    #expect(cell(.notes, full) == "NOTES", "nothing to notice: the header is the last line that is not empty")
    var waiting = SocketSamples.socket(
      .inet, .stream, .established, .internet(.v4(1), port: 80, interface: 0), number: 6, inode: 0)
    #expect(cell(.notes, waiting) == "waits to be accepted")
    waiting.state = .timeWait
    #expect(cell(.notes, waiting) == "NOTES")
    let monitor = SocketSamples.socket(.netlink, .raw, .unconnected, .netlink(portID: 1, groups: [1, 5, 77]))
    #expect(cell(.notes, monitor) == "groups link,ipv4-ifaddr,77")
    let shared = table(SocketSamples.listing([SocketSamples.listener, SocketSamples.listener]), ColumnChoice([.notes]))
    #expect(shared == ["NOTES", "reuseport 1/2", "reuseport 2/2"])
  }

  @Test func aTerminalShortensAndAPipeDoesNot() {
    let path = "/run/user/1000/a/very/long/way/to/a/socket/that/has/a/name/at/its/end.sock"
    let listing = SocketSamples.listing([SocketSamples.socket(.unix, .stream, .listen, .unix(.path(Array(path.utf8))))])
    let piped = table(listing)
    #expect(piped[1].contains(path))
    for width in [80, 100, 120] {
      let fitted = table(listing, width: width)
      #expect(fitted.allSatisfy { $0.unicodeScalars.count <= width }, "\(width): \(fitted)")
      #expect(fitted[1].contains("\u{2026}"))
      #expect(fitted[1].contains("/run/"))
      #expect(fitted[1].contains(".sock"))
    }
    #expect(table(listing, width: 200)[1].contains(path))
    // Far too narrow is no reason to stop.
    for width in 1..<20 { #expect(table(listing, width: width).count == 2) }
  }

  @Test func chosenColumnsAreThereEvenIfEmpty() {
    let lines = table(SocketSamples.listing([SocketSamples.listener]), ColumnChoice(SocketColumn.allCases))
    for column in SocketColumn.allCases { #expect(lines[0].contains(column.title)) }
    #expect(lines.count == 2)
  }

  @Test func noSocketIsAHeader() { #expect(table(SocketSamples.listing([])).count == 1) }
}
