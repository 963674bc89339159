namespace planted {
int count() {
    static int value = 0;
    return ++value;
}
}  // namespace planted
