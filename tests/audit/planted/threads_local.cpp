namespace planted {
int count() {
    static thread_local int value = 0;
    return ++value;
}
}  // namespace planted
