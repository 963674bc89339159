#include <iostream>

namespace planted {
void shout() { std::cout << 1; }
}  // namespace planted
