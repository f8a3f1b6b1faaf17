import ArgumentParser
import Foundation
import Glibc
import Sockets
import Testing

@testable import sockeye

/// What `sockeye sockets` takes, and what it shows of this test's own sockets.
@Suite struct SocketsCommandTests {
  @Test(arguments: [
    (["--state", "establised"], "did you mean 'established'?"), (["--family", "inet5"], "did you mean 'inet'?"),
    (["--type", "streem"], "did you mean 'stream'?"), (["--protocol", "tpc"], "did you mean 'tcp'?"),
    (["--columns", "kind,lcoal"], "did you mean 'local'?"), (["--sort", "-recvq"], "did you mean 'recv-q'?"),
    (["--columns", "x-y-z"], "there are kind, family"), (["--state", "listen,"], "not an empty one"),
    (["--port", "80-70"], "not '80-70'"), (["--port", "http"], "not 'http'"),
    (["--address", "10.0.0.0/33"], "10.0.0.0/33"),
    (["--pid", "0"], "not '0'"), (["--user", "no such user"], "no such user"), (["--json", "--columns", "kind"], "jq"),
    (["--netns", "x", "--all-netns"], "one of the two"), (["one", "two"], "nexpected argument"),
  ])
  func mistakesSayWhatWasMeant(_ words: [String], _ hint: String) throws {
    let outcome = try Program.run(["sockets"] + words)
    #expect(outcome.status == EX_USAGE)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains(hint), "\(outcome.errors)")
    #expect(outcome.errors.contains("sockeye sockets --help"))
  }

  @Test func optionsMakeAFilter() throws {
    let words =
      "sockets -l --family inet,inet6 --family unix --state ESTAB,listen --port 80,8000-8099 --process nginx --pid 1,2 "
      + "--user 33 --unit nginx --columns +peer --sort -recv-q,local --path /a,b"
    let command = try #require(try Sockeye.parseAsRoot(words.split(separator: " ").map(String.init)) as? SocketsCommand)
    let filter = try command.wanted.filter()
    #expect(filter.families == [.inet, .inet6, .unix])
    #expect(filter.states == [.established, .listen])
    #expect(filter.ports == [80...80, 8000...8099])
    #expect(filter.owner.pids == [1, 2])
    #expect(filter.owner.users == [33])
    #expect(filter.owner.units == [Glob("nginx.service")])
    #expect(filter.paths == [Glob("/a,b")])
    #expect(filter.listening)
    let columns = try command.output.chosenColumns()
    #expect(columns.columns == ColumnChoice.usual.columns + [.peer])
    #expect(columns.optional == ColumnChoice.usual.optional)
    #expect(try command.output.order() == [SocketOrder(.receiveQueue, descending: true), SocketOrder(.local)])
  }

  @Test func nothingThatMatchesIsNoError() throws {
    let outcome = try Program.run("sockets", "--path", "/no/such/socket/anywhere", "--no-header")
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("no socket matches"))
    let json = try Program.run("sockets", "--json", "--path", "/no/such/socket/anywhere")
    #expect(json.status == 0)
    #expect(json.output.isEmpty)
  }

  @Test func aNamespaceThatIsNotThereIsNoInput() throws {
    guard geteuid() == 0 else { return print("not root: namespaces are not entered") }
    for name in ["no-such-namespace", "/no/such/path", "999999999"] {
      let outcome = try Program.run("sockets", "--netns", name)
      #expect(outcome.status == EX_NOINPUT)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains(name))
    }
  }

  /// A listener of this test, as the program sees it from outside.
  @Test func findsASocketAndItsOwner() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    // SAFETY: the address lives for each call, and is as long as it says.
    let port = unsafe withUnsafeMutablePointer(to: &address) { pointer -> UInt16? in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> UInt16? in
        guard unsafe bind(listener, pointer, length) == 0, listen(listener, 5) == 0,
          unsafe getsockname(listener, pointer, &length) == 0
        else { return nil }
        return unsafe UnsafeRawPointer(pointer).load(as: sockaddr_in.self).sin_port.bigEndian
      }
    }
    let number = try #require(port)
    let outcome = try Program.run("sockets", "--json", "--port", "\(number)", "--listening", "--pid", "\(getpid())")
    let line = try #require(outcome.output.split(separator: "\n").first)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(object["state"] as? String == "listen")
    #expect((object["local"] as? [String: Any])?["address"] as? String == "127.0.0.1")
    #expect(object["accept_queue"] as? Int == 0)
    #expect(object["backlog"] as? Int == 5)
    let process = try #require((object["processes"] as? [[String: Any]])?.first)
    #expect(process["pid"] as? Int32 == getpid())
    #expect((process["fds"] as? [Int32])?.contains(listener) == true)
    // The same in the table, with the columns that were asked for.
    let row = try Program.run(
      "sockets", "--port", "\(number)", "--state", "listen", "--columns", "local,recv-q,pid,fd", "--no-header")
    #expect(row.output == "127.0.0.1:\(number)     0/5  \(getpid())  \(listener)\n")
  }
}
