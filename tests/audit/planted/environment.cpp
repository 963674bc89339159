#include <cstdlib>

namespace planted {
const char* home() { return std::getenv("HOME"); }
}  // namespace planted
