import Foundation
import Output
import Sockets
import Testing
import Wire

/// Sockets as JSON.
@Suite struct SocketJSONTests {
  private func object(_ listing: SocketListing, _ place: Int = 0) throws -> [String: Any] {
    let line = written { text in SocketJSON(listing).write(place, into: &text) }
    #expect(line.hasSuffix("}\n"))
    #expect(line.filter { $0 == "\n" }.count == 1)
    return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test func theWholeObject() {
    let line = written { text in
      SocketJSON(
        SocketSamples.listing(
          [SocketSamples.listener],
          [
            SocketSamples.process(1, "systemd"),
            SocketSamples.process(812, "nginx", cgroup: "/system.slice/nginx.service"),
          ],
          [
            HeldSocket(inode: 7, process: 1, descriptor: 7), HeldSocket(inode: 7, process: 0, descriptor: 40),
            HeldSocket(inode: 7, process: 1, descriptor: 6),
          ])
      ).write(0, into: &text)
    }
    #expect(
      line == """
        {"schema":1,"family":"inet","type":"stream","protocol":"tcp","state":"listen",\
        "local":{"address":"0.0.0.0","port":80},"remote":null,"receive_queue":0,"send_queue":0,\
        "accept_queue":1,"backlog":128,"inode":7,"cookie":26,"uid":33,"netns":4026531840,\
        "processes":[{"pid":1,"name":"systemd","fds":[40],"uid":33,"user":"www-data"},\
        {"pid":812,"name":"nginx","fds":[6,7],"uid":33,"user":"www-data","unit":"nginx.service"}],"peer":null}

        """)
  }

  @Test func endsHaveTheirFamilysKeys() throws {
    let ends: [(SocketRecord, String)] = [
      (
        SocketSamples.socket(.inet6, .stream, .listen, .internet(.v6(1), port: 8, interface: 2), number: 6),
        #"{"address":"::1","interface":"eth0","port":8}"#
      ),
      (
        SocketSamples.socket(.inet, .raw, .unconnected, .internet(.v4(0), port: 1, interface: 0), number: 1),
        #"{"address":"0.0.0.0","port":0}"#
      ),
      (
        SocketSamples.socket(.unix, .stream, .listen, .unix(.path([0x2f, 0x22, 0x0a, 0xff]))),
        "{\"path\":\"/\\\"\\n\u{fffd}\"}"
      ),
      (SocketSamples.socket(.unix, .stream, .listen, .unix(.abstract([0x61, 0, 0x62]))), #"{"abstract":"a\u0000b"}"#),
      (
        SocketSamples.socket(.packet, .raw, .unconnected, .packet(interface: 0, protocolNumber: 3), number: 3),
        #"{"interface":null,"protocol":"all"}"#
      ),
      (
        SocketSamples.socket(
          .packet, .raw, .unconnected, .packet(interface: 9, protocolNumber: 0x88b5), number: 0x88b5),
        #"{"interface":9,"protocol":34997}"#
      ),
      (
        SocketSamples.socket(.netlink, .raw, .unconnected, .netlink(portID: 8, groups: [1, 99])),
        #"{"groups":["link","99"],"port_id":8,"protocol":"route"}"#
      ),
      (SocketSamples.socket(.vsock, .stream, .listen, .vsock(context: 2, port: 1024)), #"{"cid":2,"port":1024}"#),
      (
        SocketSamples.socket(.xdp, .raw, .unconnected, .xdp(interface: 2, queue: 3)), #"{"interface":"eth0","queue":3}"#
      ),
    ]
    for (socket, expected) in ends {
      let local = try #require(try object(SocketSamples.listing([socket]))["local"])
      let text = String(
        decoding: try JSONSerialization.data(withJSONObject: local, options: [.sortedKeys, .withoutEscapingSlashes]),
        as: UTF8.self)
      #expect(text == expected)
    }
    let unnamed = SocketSamples.socket(.unix, .stream, .established, .unix(.unnamed))
    #expect(try object(SocketSamples.listing([unnamed]))["local"] is NSNull)
  }

  @Test func theOtherEndHasItsProcesses() throws {
    var client = SocketSamples.socket(.unix, .stream, .established, .unix(.unnamed), inode: 8)
    var server = SocketSamples.socket(.unix, .stream, .established, .unix(.path(Array("/run/x".utf8))), inode: 9)
    client.peerInode = 9
    server.peerInode = 8
    let listing = SocketSamples.listing(
      [client, server], [SocketSamples.process(5, "server")], [HeldSocket(inode: 9, process: 0, descriptor: 3)])
    let peer = try #require(try object(listing)["peer"] as? [String: Any])
    #expect(peer["inode"] as? Int == 9)
    #expect((peer["processes"] as? [[String: Any]])?.first?["name"] as? String == "server")
    // One that is not there, as in another network namespace, is known by its inode alone.
    let alone = try #require(try object(SocketSamples.listing([client]))["peer"] as? [String: Any])
    #expect(alone["inode"] as? Int == 9)
    #expect((alone["processes"] as? [Any])?.isEmpty == true)
  }

  @Test func largeNumbersAreWhole() {
    var socket = SocketSamples.listener
    socket.cookie = .max
    socket.inode = .max
    let line = written { text in SocketJSON(SocketSamples.listing([socket])).write(0, into: &text) }
    #expect(line.contains("\"inode\":18446744073709551615,\"cookie\":18446744073709551615,"))
  }

  @Test func detailsHaveTheKernelsNames() throws {
    var socket = SocketSamples.socket(
      .inet, .stream, .established, .internet(.v4(1), port: 80, interface: 0), number: 6)
    var details = SocketDetails()
    details.tcpInformation = [UInt8](repeating: 1, count: 240)
    details.memory = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    details.congestionControl = Array("cubic".utf8)
    details.timer = 2
    details.timerMilliseconds = 1500
    details.typeOfService = 0x10
    details.mark = 7
    details.boundInterface = 2
    details.shutdown = 3
    details.options = 1 << 2 | 1 << 8
    details.cgroup = 99
    details.pendingInodes = [4, 5]
    socket.details = details
    let object = try object(SocketSamples.listing([socket]))
    let tcp = try #require(object["tcp_info"] as? [String: Any])
    for name in ["rtt", "rttvar", "snd_cwnd", "total_retrans", "bytes_acked", "delivery_rate", "snd_wscale"] {
      #expect(tcp[name] is NSNumber, "\(name)")
    }
    #expect((object["memory"] as? [String: Int])?["drops"] == 9)
    #expect((object["memory"] as? [String: Int])?["rcvbuf"] == 2)
    #expect(object["congestion_control"] as? String == "cubic")
    #expect((object["timer"] as? [String: Any])?["name"] as? String == "keepalive")
    #expect(object["shutdown"] as? [String] == ["receive", "send"])
    #expect(object["options"] as? [String] == ["freebind", "bind_address_no_port"])
    #expect(object["bound_interface"] as? String == "eth0")
    #expect(object["pending"] as? [Int] == [4, 5])
  }

  @Test func packetSocketsTellTheirRings() throws {
    var socket = SocketSamples.socket(.packet, .raw, .unconnected, .packet(interface: 2, protocolNumber: 3), number: 3)
    var packet = PacketSocketDetails()
    packet.version = 2
    var ring = PacketRingDetails()
    ring.blockSize = 1 << 20
    ring.blockCount = 32
    packet.receiveRing = ring
    packet.fanout = (group: 7, mode: 0)
    var membership = PacketMembership()
    membership.interface = 2
    membership.type = 1
    packet.memberships = [membership]
    socket.details = SocketDetails()
    socket.details?.packet = packet
    let object = try #require(try object(SocketSamples.listing([socket]))["packet"] as? [String: Any])
    #expect(object["version"] as? Int == 3)
    #expect(object["promiscuous"] as? Bool == true)
    #expect((object["rx_ring"] as? [String: Int])?["block_count"] == 32)
    #expect((object["fanout"] as? [String: Any])?["mode"] as? String == "hash")
    #expect((object["memberships"] as? [[String: Any]])?.first?["interface"] as? String == "eth0")
    // In lines, too.
    let lines = written { SocketTree(SocketSamples.listing([socket])).write(0, into: &$0) }
    #expect(lines.contains("receive ring: 32 blocks of 1048576 octets"))
    #expect(lines.contains("fanout: group 7, by hash"))
    #expect(lines.contains("memberships: promiscuous on eth0"))
  }

  @Test func linesTellTheConnection() {
    var socket = SocketSamples.socket(
      .inet, .stream, .established, .internet(.v4(1), port: 80, interface: 0), number: 6)
    var details = SocketDetails()
    details.tcpInformation = [UInt8](repeating: 0, count: 240)
    // tcpi_rtt stands at 68 and tcpi_rttvar at 72; tcpi_snd_cwnd at 80.
    details.tcpInformation[68] = 52
    details.tcpInformation[72] = 20
    details.tcpInformation[80] = 10
    details.memory = [0, 131_072, 0, 87_040]
    details.typeOfService = 0x10
    socket.details = details
    let lines = written {
      SocketTree(
        SocketSamples.listing(
          [socket], [SocketSamples.process(812, "ng\u{1b}x", cgroup: "/system.slice/nginx.service")],
          [HeldSocket(inode: 7, process: 0, descriptor: 6)])
      ).write(0, into: &$0)
    }
    #expect(lines.contains("    socket: inode 7, cookie 0x1a, created by www-data, network namespace 4026531840\n"))
    #expect(
      lines.contains(
        "    owner: ng\\x1bx[812] fd 6, user www-data, unit nginx.service, cgroup /system.slice/nginx.service\n"))
    #expect(lines.contains("    tcp: round trip 0.052 ms \u{00b1} 0.02 ms"))
    #expect(lines.contains("    window: congestion window 10 segments"))
    #expect(lines.contains("    options: type of service 0x10\n"))
    #expect(lines.contains("    memory: received 0 of 131072, to send 0 of 87040\n"))
    #expect(!lines.contains("timer"))
  }
}
