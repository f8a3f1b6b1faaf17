import Glibc

/// The names of users, asked for once each. See passwd(5) and nsswitch.conf(5).
public struct UserNames: Sendable {
  private var names: [UInt32: String?] = [:]

  /// Nothing asked yet.
  public init() {}

  /// The name of a user; nil for a number that has none. See getpwuid_r(3).
  public mutating func name(of uid: UInt32) -> String? {
    if let known = names[uid] { return known }
    // SAFETY: the four pointers are the ones that `entry` lends for this call.
    let name = unsafe Self.entry { entry, room, size, result in
      unsafe getpwuid_r(uid, entry, room, size, result)
    }?.name
    names[uid] = .some(name)
    return name
  }

  /// The number of a user by name; nil where there is no such user. See getpwnam_r(3).
  public static func number(of name: String) -> UInt32? {
    // SAFETY: the four pointers are the ones that `entry` lends for this call, and the name is terminated.
    unsafe entry { entry, room, size, result in
      unsafe name.withCString { unsafe getpwnam_r($0, entry, room, size, result) }
    }?.uid
  }

  /// Looks an entry up, with as much room as it needs: the names of groups and directories may be long.
  private static func entry(
    _ look: (
      UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
      UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32
  ) -> (name: String, uid: UInt32)? {
    var size = 1024
    while size <= 1 << 20 {
      var entry = unsafe passwd()
      var result: UnsafeMutablePointer<passwd>?
      // SAFETY: the room lives for the closure, and the name in it is copied there; it is terminated.
      let (code, found) = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { room in
        guard let start = room.baseAddress else { return (ENOMEM, (name: String, uid: UInt32)?.none) }
        let code = unsafe look(&entry, start, size, &result)
        guard code == 0, let found = unsafe result, let name = unsafe found.pointee.pw_name else { return (code, nil) }
        return unsafe (code, (String(cString: name), found.pointee.pw_uid))
      }
      if code != ERANGE && code != EINTR { return found }
      if code == ERANGE { size &*= 4 }
    }
    return nil
  }
}
