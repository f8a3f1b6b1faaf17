import Foundation
import Output
import Testing
import Wire

/// The three forms over one packet, octet for octet. The time zone is the process's: one test at a time.
@Suite(.serialized) struct FormatterTests {
  @Test func line() {
    #expect(
      formatted([synchronizeFrame])
        == "22:13:20.000000000 192.0.2.1:41522 > 198.51.100.2:443 TCP [S] seq 0 win 64240 len 0 <mss 1460>\n")
  }

  @Test func lineWithInterfacesAndDirections() {
    let lines = formatted(
      [synchronizeFrame, synchronizeFrame], names: ["lo", "eth0"], direction: { $0 == 0 ? .inbound : .outbound })
    #expect(
      lines == """
        22:13:20.000000000 lo   In  192.0.2.1:41522 > 198.51.100.2:443 TCP [S] seq 0 win 64240 len 0 <mss 1460>
        22:13:20.000001000 eth0 Out 192.0.2.1:41522 > 198.51.100.2:443 TCP [S] seq 0 win 64240 len 0 <mss 1460>

        """)
  }

  @Test func hostileInterfaceNameIsEscaped() {
    let line = formatted([synchronizeFrame], names: ["e\u{1b}[2J\u{202e}"])
    #expect(line.hasPrefix("22:13:20.000000000 e\\x1b[2J\\u{202e} 192.0.2.1"))
  }

  @Test func timeFollowsTheZoneAtEachSecond() {
    // Berlin: 2023-10-29 01:00 UTC is 03:00 summer time and becomes 02:00; midnight in New York at 04:00 UTC.
    for (zone, seconds, expected) in [
      ("Europe/Berlin", 1_698_541_199, "02:59:59"), ("Europe/Berlin", 1_698_541_200, "02:00:00"),
      ("America/New_York", 1_690_862_399, "23:59:59"), ("America/New_York", 1_690_862_400, "00:00:00"),
      ("UTC", -1, "23:59:59"),
    ] {
      setTimeZone(zone)
      defer { setTimeZone("UTC") }
      var formatter = PacketFormatter(style: .line)
      var text = TextBuffer()
      withBytes(synchronizeFrame) { bytes in
        let time = Timestamp(seconds: Int64(seconds), nanoseconds: 999_999_999)
        let info = FrameInfo(timestamp: time, originalLength: 58, linkType: .ethernet)
        let layers = LayerStorage()
        formatter.write(Packet(Frame(bytes, info), in: layers), into: &text)
      }
      #expect(text.string.hasPrefix("\(expected).999999999 "))
    }
  }

  @Test func json() throws {
    let line = formatted([synchronizeFrame], .json, hexadecimal: true, names: ["eth\"0"])
    #expect(
      line.hasPrefix(
        #"{"frame":{"number":1,"time_epoch":"1700000000.000000000","len":58,"cap_len":58,"interface_name":"eth\"0","#
          + #""protocols":"eth:ethertype:ip:tcp","bytes":"00005e00530200005e0053010800"#))
    #expect(line.contains(#""eth":{"dst":"00:00:5e:00:53:02","src":"00:00:5e:00:53:01","type":"0x0800"}"#))
    #expect(line.hasSuffix("}\n"))
    let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let tcp = try #require(object["tcp"] as? [String: Any])
    #expect(tcp["dstport"] as? Int == 443)
    #expect((tcp["options"] as? [String: Any])?["mss_val"] as? Int == 1460)
  }

  @Test func jsonNestsInnerPacketsAndGathersTags() throws {
    // Two VLAN tags, IPv4 in IPv4, TCP.
    var frame = Array(synchronizeFrame[0..<12]) + [0x81, 0, 0, 5, 0x81, 0, 0, 6, 0x08, 0x00]
    var outer = Array(synchronizeFrame[14..<34])
    outer[3] = 64
    outer[9] = 4
    frame += outer + synchronizeFrame[14...]
    let line = formatted([frame], .json)
    let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect((object["vlan"] as? [[String: Any]])?.map { $0["id"] as? Int } == [5, 6])
    #expect(object["tcp"] == nil)
    #expect(((object["inner"] as? [String: Any])?["tcp"] as? [String: Any])?["dstport"] as? Int == 443)
    let tree = formatted([frame], .tree)
    #expect(tree.contains("\n    inner\n      ip  Internet Protocol version 4\n        version: 4\n"))
  }

  @Test func jsonIsValidForEveryCutAndFlip() throws {
    for count in 0...synchronizeFrame.count {
      let line = formatted([Array(synchronizeFrame.prefix(count))], .json, originalLength: 58)
      _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
    }
    for index in synchronizeFrame.indices {
      for bit in 0..<8 {
        var frame = synchronizeFrame
        frame[index] ^= 1 << UInt8(bit)
        let line = formatted([frame], .json, hexadecimal: true)
        #expect(line.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0a })
        _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
      }
    }
  }

  @Test func tree() {
    let tree = formatted([synchronizeFrame], .tree, hexadecimal: true)
    #expect(tree.contains("\n  eth  Ethernet\n    dst: 00:00:5e:00:53:02\n"))
    #expect(tree.contains("\n    type: 0x0800 (IPv4)\n"))
    #expect(tree.contains("\n    flags: 0x0002 (SYN)\n"))
    #expect(tree.contains("\n    checksum.status: 1 (good)\n"))
    #expect(tree.contains("\n    time: 2023-11-14 22:13:20.000000000 +00:00\n"))
    #expect(tree.hasSuffix("  0x0030:  faf0 0cad 0000 0204 05b4                 ..........\n"))
    var broken = synchronizeFrame
    broken[50] = 0
    broken[51] = 0
    #expect(formatted([broken], .tree).contains("checksum.status: 0 (bad, should be 0x0cad)"))
    let cut = formatted([Array(synchronizeFrame.prefix(40))], .tree, originalLength: 58)
    #expect(cut.hasSuffix("    reason: snapped (the capture kept too few octets)\n    needed: 20\n    available: 6\n"))
  }

  @Test func hexadecimalLines() {
    let rows = withBytes(Array("0123456789abcdef\u{1b}[31m".utf8)) { bytes in
      written { HexWriter.write(bytes, into: &$0) }
    }
    #expect(
      rows == """
          0x0000:  3031 3233 3435 3637 3839 6162 6364 6566  0123456789abcdef
          0x0010:  1b5b 3331 6d                             .[31m

        """)
  }
}
