import CLinux
import Glibc

/// A socket that waits for connections: all that it can do is to accept them.
public struct Listener<Endpoint: SocketEndpoint, Style: ConnectionStyle>: ~Copyable {
  private let socket: Socket<Endpoint, Style>

  init(_ socket: consuming Socket<Endpoint, Style>) {
    self.socket = socket
  }

  /// The number of the open socket, valid as long as this value lives: to wait until it is readable.
  public var rawValue: Int32 { socket.descriptor.rawValue }

  /// The address that it listens at. See getsockname(2).
  public func localAddress() throws(SystemError) -> Endpoint { try socket.localAddress() }

  /// Changes how many connections may wait to be accepted; the kernel has a limit of its own. See listen(2).
  public func setBacklog(_ backlog: Int32) throws(SystemError) {
    try systemCall("listen(\(Endpoint.domainName))") { listen(socket.descriptor.rawValue, backlog) }
  }

  /// Lets `accept` throw EAGAIN instead of waiting. What is accepted waits all the same. See fcntl(2).
  public func setNonblocking(_ nonblocking: Bool) throws(SystemError) { try socket.setNonblocking(nonblocking) }

  /// Takes the first connection that waits, or waits for one. It is closed on exec. See accept(2).
  public func accept() throws(SystemError) -> Socket<Endpoint, Style> {
    let number = socket.descriptor.rawValue
    return Socket(
      Descriptor(owning: try systemCall("accept(\(Endpoint.domainName))") { clinux_accept(number) }))
  }

  /// Gives the descriptor away.
  public consuming func take() -> Descriptor { socket.take() }
}

extension Socket where Style: ConnectionStyle {
  /// Lets others connect to the address that the socket is bound to: it is a listener from here on. See listen(2).
  ///
  /// The backlog is how many connections may wait to be accepted; the kernel has a limit of its own
  /// (`net.core.somaxconn`). Where the kernel refuses, the socket is closed.
  public consuming func listen(backlog: Int32) throws(SystemError) -> Listener<Endpoint, Style> {
    let listener = Listener(self)
    try listener.setBacklog(backlog)
    return listener
  }
}
