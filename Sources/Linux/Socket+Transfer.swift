import CLinux
import Glibc

extension Socket {
  /// Sends octets to the other end, and returns how many were taken: of a record all, of a stream maybe fewer.
  ///
  /// Throws EPIPE where the other end receives no more. See send(2).
  @discardableResult
  public func send(_ octets: [UInt8], flags: SendFlags = []) throws(SystemError) -> Int {
    try send(octets[...], to: [], control: [], flags: flags)
  }

  /// Receives into a buffer, as much as fits: of a stream what there is, else one record.
  ///
  /// - Parameters:
  ///   - buffer: is filled from its beginning; what stood there stays behind what was received.
  ///   - flags: how.
  ///   - room: the room for what comes beside the octets; by default there is none.
  ///
  /// See recvmsg(2).
  public func receive(
    into buffer: inout [UInt8], flags: ReceiveFlags = [], room: ControlRoom = ControlRoom()
  ) throws(SystemError) -> Received<Endpoint> {
    // Asked for, MSG_TRUNC makes a record's own length the result; in a stream it would throw octets away. Packet
    // sockets refuse MSG_CMSG_CLOEXEC, and only unix ones bring descriptors.
    let asked =
      flags.rawValue | (Style.keepsRecords ? Int32(MSG_TRUNC) : 0)
      | (Endpoint.domain == AF_UNIX ? Int32(MSG_CMSG_CLOEXEC) : 0)
    var name = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
    var control = [UInt8](repeating: 0, count: room.octets)
    var header = unsafe msghdr()
    // SAFETY: the kernel writes into three arrays at most what their counts allow, and each is lent for the call; the
    // header's pointers are not used after it.
    let count = try systemCall("recvmsg(\(Endpoint.domainName))") {
      unsafe buffer.withUnsafeMutableBytes { buffer in
        unsafe name.withUnsafeMutableBytes { name in
          unsafe control.withUnsafeMutableBytes { control in
            var piece = unsafe iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
            return unsafe withUnsafeMutablePointer(to: &piece) { piece in
              unsafe header = msghdr(
                msg_name: name.baseAddress, msg_namelen: socklen_t(name.count), msg_iov: piece, msg_iovlen: 1,
                msg_control: control.baseAddress, msg_controllen: control.count, msg_flags: 0)
              return unsafe recvmsg(descriptor.rawValue, &header, asked)
            }
          }
        }
      }
    }
    return unsafe Received(
      count: count, room: buffer.count, flags: header.msg_flags,
      source: Endpoint(encoded: Array(name.prefix(Int(header.msg_namelen)))),
      control: Array(control.prefix(header.msg_controllen)))
  }

  /// Whether something waits to be received, which stays where it is: cheaper than to receive in vain.
  ///
  /// Throws an error that waits, such as ENOBUFS, which then waits no more.
  func hasWaiting() throws(SystemError) -> Bool {
    let count = recv(descriptor.rawValue, nil, 0, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    if count >= 0 { return true }
    let code = errno
    if code == EAGAIN || code == EWOULDBLOCK || code == EINTR { return false }
    throw SystemError(call: "recv(\(Endpoint.domainName))", code: code)
  }

  /// Sends with everything that sendmsg(2) takes; an empty address is none.
  func send(
    _ octets: ArraySlice<UInt8>, to address: [UInt8], control: [UInt8], flags: SendFlags
  ) throws(SystemError) -> Int {
    // SAFETY: the kernel only reads from what the header points to, and each array is lent for the call.
    try systemCall("sendmsg(\(Endpoint.domainName))") {
      unsafe octets.withUnsafeBytes { octets in
        unsafe address.withUnsafeBytes { address in
          unsafe control.withUnsafeBytes { control in
            var piece = unsafe iovec(
              iov_base: UnsafeMutableRawPointer(mutating: octets.baseAddress), iov_len: octets.count)
            return unsafe withUnsafeMutablePointer(to: &piece) { piece in
              var header = unsafe msghdr(
                msg_name: address.isEmpty ? nil : UnsafeMutableRawPointer(mutating: address.baseAddress),
                msg_namelen: socklen_t(address.count), msg_iov: piece, msg_iovlen: 1,
                msg_control: control.isEmpty ? nil : UnsafeMutableRawPointer(mutating: control.baseAddress),
                msg_controllen: control.count, msg_flags: 0)
              return unsafe sendmsg(descriptor.rawValue, &header, flags.rawValue | Int32(MSG_NOSIGNAL))
            }
          }
        }
      }
    }
  }
}

extension Socket where Style: ConnectionlessStyle {
  /// Sends one record to an address. See sendto(2).
  public func send(_ octets: [UInt8], to endpoint: Endpoint, flags: SendFlags = []) throws(SystemError) {
    _ = try send(octets[...], to: try endpoint.encoded(), control: [], flags: flags)
  }

  /// Undoes `connect`: the socket has no other end any more. See connect(2).
  public func disconnect() throws(SystemError) {
    var address = sockaddr()
    address.sa_family = sa_family_t(AF_UNSPEC)
    try connect(to: octets(of: address))
  }
}

extension Socket where Style == StreamStyle {
  /// Sends all of the octets, waiting as often as it takes; a nonblocking socket throws EAGAIN with a part of them sent.
  public func sendAll(_ octets: [UInt8]) throws(SystemError) {
    var rest = octets[...]
    while !rest.isEmpty {
      rest = rest.dropFirst(try send(rest, to: [], control: [], flags: []))
    }
  }
}
