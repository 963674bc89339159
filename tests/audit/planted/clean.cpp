// What libhal may contain: constants, tables of functions, virtual calls without a virtual destructor.
#include <cstdint>
#include <cstring>

namespace planted {
class Shape {
public:
    virtual std::uint32_t area() const = 0;

protected:
    ~Shape() = default;
};

class Square final : public Shape {
public:
    explicit Square(std::uint32_t side) : side_(side) {}
    std::uint32_t area() const override;

private:
    std::uint32_t side_;
};

std::uint32_t Square::area() const { return side_ * side_; }

std::uint32_t measure(const Shape& shape) { return shape.area(); }
std::uint32_t square(std::uint32_t side) { return measure(Square(side)); }

extern const char* const names[];
const char* const names[] = {"one", "two"};

void copy(void* to, const void* from, std::size_t size) { std::memcpy(to, from, size); }
}  // namespace planted
