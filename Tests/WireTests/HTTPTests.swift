import Foundation
import Testing

@testable import Wire

private func show(_ text: String, from source: UInt16 = 40000, to destination: UInt16 = 80) -> Shown {
  Shown(segment(Array(text.utf8), from: source, to: destination), linkType: .raw)
}

extension Shown {
  /// The phrase of the last layer, from a word on.
  func phrase(from word: String) -> String {
    summary.range(of: word).map { String(summary[$0.lowerBound...]) } ?? ""
  }
}

@Suite struct HTTPTests {
  let request = "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
  let response =
    "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 612\r\n\r\n<p>Host: no</p>\n"

  @Test func requestLine() {
    let shown = show(request)
    #expect(shown.phrase(from: "HTTP") == "HTTP GET /index.html host www.example.com")
    #expect(shown.protocols == "raw:ip:tcp:http")
    #expect(
      shown.fields == [
        "request.method=GET", "request.uri=/index.html", "request.version=HTTP/1.1", "host=www.example.com",
        "user_agent=curl/7.88.1", "accept=*/*",
      ])
  }

  @Test func statusLine() {
    let shown = show(response, from: 8080, to: 40000)
    #expect(shown.phrase(from: "HTTP") == "HTTP 200 OK text/html 612")
    #expect(
      shown.fields == [
        "response.version=HTTP/1.1", "response.code=200", "response.phrase=OK", "server=nginx",
        "content_type=text/html", "content_length_header=612", "content_length=612",
      ])
    #expect(show("HTTP/1.0 404\r\n\r\n").phrase(from: "HTTP") == "HTTP 404")
    #expect(
      show("HTTP/1.1 301 Moved\r\nlocation: http://a/\r\n\r\n").phrase(from: "HTTP")
        == "HTTP 301 Moved location http://a/")
  }

  @Test func octetsDecide() {
    for text in [
      "GET", "get / http/1.1\r\n", "GET key\r\n", "OPTIONS sip:a@example.com SIP/2.0\r\n", "GETX / HTTP/1.1\r\n",
      "HTTP/2.0 200\r\n", "HTTP/1.1 abc\r\n", "HTTP/1.1 2000 OK\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
      "\r\nGET / HTTP/1.1\r\n",
      "HELO example.com\r\n",
    ] {
      #expect(show(text).protocols == "raw:ip:tcp:data", "\(text)")
    }
  }

  @Test func linesThatAreOdd() {
    #expect(show("GET /a").phrase(from: "HTTP") == "HTTP GET /a")
    #expect(show("GET /a b HTTP/1.1\n\n").fields[1] == "request.uri=/a b")
    // A name that stands twice keeps both values, in their order.
    #expect(show("GET / HTTP/1.1\nhOsT:\t one \t\nHost: two\n\n").fields.suffix(2) == ["host=one", "host=two"])
    #expect(show("GET / HTTP/1.1\r\nHost: www.exa").fields.last == "host=www.exa")
    #expect(show("GET / HTTP/1.1\r\n Host: folded\r\nno colon\r\n: x\r\n\r\n").fields.count == 3)
    #expect(show("HTTP/1.1 20").phrase(from: "HTTP") == "HTTP response")
    // More lines, and more octets, than are followed.
    let many = String(repeating: "X: y\r\n", count: 200)
    #expect(show("GET / HTTP/1.1\r\n\(many)Host: late\r\n\r\n").fields.count == 3)
    let long = String(repeating: "a", count: 9000)
    #expect(show("GET /\(long) HTTP/1.1\r\nHost: late\r\n\r\n").phrase(from: "HTTP").hasSuffix("aaa…"))
    #expect(show("PUT / HTTP/1.1\r\nContent-Length: -5\r\n\r\n").fields.last == "content_length_header=-5")
    #expect(show("PUT / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n").fields.count == 4)
  }

  @Test func hostileOctets() {
    let shown = show("GET /\u{1b}[2J HTTP/1.1\r\nHost: a\u{202e}b\u{7}\r\n\r\n")
    #expect(shown.phrase(from: "HTTP") == "HTTP GET /\\x1b[2J host a\\u{202e}b\\x07")
    #expect(decodeDamaged(segment(Array(request.utf8), from: 1, to: 2)) > 0)
    #expect(decodeDamaged(segment(Array(response.utf8), from: 1, to: 2)) > 0)
  }
}
