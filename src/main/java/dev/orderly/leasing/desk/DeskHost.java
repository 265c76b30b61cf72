package dev.orderly.leasing.desk;

/** Where desks are: one of a node's verticles, which hosts every so-manieth shard. */
record DeskHost(String node, int index) {
  String address() {
    return node + "/" + index;
  }
}
