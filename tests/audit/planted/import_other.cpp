#include <cstdlib>

namespace planted {
long parse(const char* text) { return std::strtol(text, nullptr, 0); }
}  // namespace planted
