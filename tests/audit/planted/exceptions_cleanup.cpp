namespace planted {
void may_throw();
struct Guard {
    ~Guard();
};
void call() {
    Guard guard;
    may_throw();
}
}  // namespace planted
