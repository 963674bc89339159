namespace planted {
int* make() { return new int(1); }
}  // namespace planted
