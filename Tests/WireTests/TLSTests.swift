import Foundation
import Testing

@testable import Wire

/// An extension: its type, its length and its data.
private func tlsExtension(_ type: UInt16, _ data: [UInt8]) -> [UInt8] { type.octets + UInt16(data.count).octets + data }

/// A record of a type over a fragment, version 1.2.
private func record(_ type: UInt8, _ fragment: [UInt8]) -> [UInt8] {
  [type, 3, 3] + UInt16(fragment.count).octets + fragment
}

/// A handshake message.
private func handshake(_ type: UInt8, _ body: [UInt8]) -> [UInt8] { [type, 0] + UInt16(body.count).octets + body }

private func show(_ octets: [UInt8]) -> Shown { Shown(segment(octets, from: 40000, to: 443), linkType: .raw) }

extension Shown {
  /// What the one-line view says from TLS on.
  fileprivate var tls: String { summary.components(separatedBy: " TLS ").dropFirst().joined(separator: " TLS ") }
}

@Suite struct TLSTests {
  let clientHello: [UInt8] = {
    let name = Array("example.com".utf8)
    let extensions =
      tlsExtension(0x0a0a, [])  // GREASE
      + tlsExtension(0, UInt16(name.count + 3).octets + [0] + UInt16(name.count).octets + name)
      + tlsExtension(16, [0, 12, 2, 0x68, 0x32, 8] + Array("http/1.1".utf8))
      + tlsExtension(43, [6, 0x7a, 0x7a, 3, 4, 3, 3])  // GREASE, 1.3, 1.2
      + tlsExtension(10, [0, 2, 0, 29]) + tlsExtension(51, [0, 5, 0, 29, 0, 1, 0xff])
    return handshake(
      1,
      [3, 3] + [UInt8](0..<32) + [2, 0xaa, 0xbb]  // version 1.2, random, session id
        + [0, 4, 0x13, 0x01, 0xc0, 0x2f, 1, 0]  // two cipher suites, no compression
        + UInt16(extensions.count).octets + extensions)
  }()
  let serverHello = handshake(
    2, [3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0x13, 0x02, 0, 0, 6] + tlsExtension(43, [3, 4]))

  @Test func client() {
    let shown = show(record(22, clientHello))
    #expect(shown.tls == "ClientHello TLS 1.3 sni example.com alpn h2,http/1.1")
    #expect(shown.protocols == "raw:ip:tcp:tls")
    #expect(
      shown.fields == [
        "record.content_type=22", "record.version=0x0303", "record.length=\(clientHello.count)", "handshake.type=1",
        "handshake.length=\(clientHello.count - 4)", "handshake.version=0x0303",
        "handshake.random=00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14:15:16:17:18:19:1a:1b:1c:1d:1e:1f",
        "handshake.session_id_length=2", "handshake.session_id=aa:bb", "handshake.cipher_suites_length=4",
        "handshake.ciphersuite=0x1301", "handshake.ciphersuite=0xc02f", "handshake.comp_methods_length=1",
        "handshake.comp_method=0", "handshake.extensions_length=72", "handshake.extension.type=2570",
        "handshake.extension.len=0", "handshake.extension.type=0", "handshake.extension.len=16",
        "handshake.extension.type=16", "handshake.extension.len=14", "handshake.extension.type=43",
        "handshake.extension.len=7", "handshake.extension.type=10", "handshake.extension.len=4",
        "handshake.extension.type=51", "handshake.extension.len=7", "handshake.extensions_server_name=example.com",
        "handshake.extensions_alpn_str=h2", "handshake.extensions_alpn_str=http/1.1",
        "handshake.extensions.supported_version=0x7a7a", "handshake.extensions.supported_version=0x0304",
        "handshake.extensions.supported_version=0x0303", "handshake.extensions_supported_group=0x001d",
        "handshake.extensions_key_share_group=29",
      ])
  }

  @Test func server() {
    let data = record(23, [1, 2, 3])
    let shown = show(record(22, serverHello) + record(20, [1]) + data + data)
    #expect(shown.tls == "ServerHello TLS 1.3 TLS_AES_256_GCM_SHA384, ChangeCipherSpec, ApplicationData x2")
    #expect(shown.fields.contains("handshake.ciphersuite=0x1302"))
    // Several messages in one record, and what follows ChangeCipherSpec encrypted.
    let flight = record(22, serverHello + handshake(11, [0, 0, 0]) + handshake(14, []))
    #expect(show(flight).tls.hasSuffix("_SHA384, Certificate, ServerHelloDone"))
    #expect(show(record(20, [1]) + record(22, handshake(20, [1]))).tls == "ChangeCipherSpec, EncryptedHandshake")
    #expect(show(record(22, [0xee, 1, 2, 3, 4])).tls == "EncryptedHandshake")
  }

  @Test func alerts() {
    let shown = show(record(21, [2, 40]))
    #expect(shown.tls == "Alert fatal handshake_failure")
    #expect(shown.fields.suffix(2) == ["alert_message.level=2", "alert_message.desc=40"])
    #expect(show(record(21, [UInt8](repeating: 9, count: 26))).tls == "Alert")
  }

  @Test func helloCutByTheSegment() {
    let whole = record(22, clientHello)
    #expect(show(Array(whole.prefix(84))).tls == "ClientHello TLS 1.2 sni example.com …")
    #expect(show(Array(whole.prefix(9))).tls == "ClientHello …")
    #expect(show(Array(whole.prefix(5))).tls == "Handshake")
    #expect(show(Array(whole.prefix(4))).protocols == "raw:ip:tcp:data")
  }

  @Test func octetsDecide() {
    for start: [UInt8] in [
      [19, 3, 3, 0, 1], [25, 3, 3, 0, 1], [22, 2, 3, 0, 1], [22, 3, 5, 0, 1], [22, 3, 3, 0x48, 1],
      [22, 3, 3, 0, 0], [20, 3, 3, 0, 2],
    ] {
      #expect(show(start + [1, 2, 3]).protocols == "raw:ip:tcp:data", "\(start)")
    }
  }

  @Test func damaged() {
    #expect(decodeDamaged(segment(record(22, clientHello), from: 1, to: 2)) > 0)
    #expect(decodeDamaged(segment(record(22, serverHello) + record(21, [1, 0]), from: 1, to: 2)) > 0)
    var hostile = clientHello
    if let place = hostile.firstIndex(of: UInt8(ascii: "e")) { hostile[place] = 0x1b }
    #expect(show(record(22, hostile)).tls.contains("sni \\x1bxample.com"))
  }
}
