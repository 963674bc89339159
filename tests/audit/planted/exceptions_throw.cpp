namespace planted {
int fail(int code) { throw code; }
}  // namespace planted
