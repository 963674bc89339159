// Looks harmless: the range check throws.
#include <array>

namespace planted {
int at(const std::array<int, 4>& values, unsigned index) { return values.at(index); }
}  // namespace planted
