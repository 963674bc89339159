#include <cstdlib>

namespace planted {
void* take(std::size_t size) { return std::malloc(size); }
}  // namespace planted
