#include <cstdio>

namespace planted {
void print(int value) { std::printf("%d", value); }
}  // namespace planted
