namespace planted {
int compute();
extern const int cached;
const int cached = compute();
}  // namespace planted
