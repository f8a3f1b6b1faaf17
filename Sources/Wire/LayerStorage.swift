/// Memory for the layers of one packet at a time, so that decoding many packets neither allocates nor clears it.
///
/// It is memory of its own, and not an array inside `Packet`, because the compiler (6.3) copies a whole InlineArray to
/// take one element out of it, which was the largest single cost of a packet.
@safe
public struct LayerStorage: ~Copyable {
  let layers: UnsafeMutablePointer<Layer>

  /// Room for `Packet.maximumLayers` layers.
  public init() {
    unsafe layers = .allocate(capacity: Packet.maximumLayers)
    // SAFETY: just that many were allocated; `Layer` is trivial.
    unsafe layers.initialize(repeating: Layer(), count: Packet.maximumLayers)
  }

  deinit {
    // SAFETY: allocated in init, and whoever borrows it has a lifetime that ends before this.
    unsafe layers.deallocate()
  }
}

/// The layers of a packet, in a storage that outlives it.
@safe
struct LayerList {
  private let layers: UnsafeMutablePointer<Layer>

  init(_ storage: borrowing LayerStorage) {
    // SAFETY: as `LayerStorage` says, it outlives this.
    unsafe layers = storage.layers
  }

  /// A layer by its place.
  subscript(index: Int) -> Layer {
    @inline(__always)
    get {
      guard index >= 0, index < Packet.maximumLayers else { return Layer() }
      // SAFETY: the place is within the storage, all of which is initialized.
      return unsafe layers[index]
    }
    @inline(__always)
    nonmutating set {
      guard index >= 0, index < Packet.maximumLayers else { return }
      // SAFETY: the place is within the storage, all of which is initialized.
      unsafe layers[index] = newValue
    }
  }
}
